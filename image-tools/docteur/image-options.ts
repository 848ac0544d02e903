import { type Option as CommanderOption, InvalidArgumentError } from 'commander';
import { FormatError, type Oid, oidToHex, parseOid } from '#format';
import type { MountOptions } from '#reader';
import { LEAST_CACHE } from '../../tender/block/remote/cache/cache-folder.ts';
import type { ImagePlace } from '../open/open-image.ts';
import { option } from './declaration.ts';
import { parseByteCount } from './parse-values.ts';

/** What the commands that read an image let be said of it. */
export interface ImageOptions {
  readonly commit?: Oid;
  readonly cache?: string;
  readonly cacheSize?: number;
  readonly netrc?: string;
  readonly headerFile?: string;
}

/** The operand of an image. */
export const IMAGE_OPERAND = {
  name: '<image>',
  text: 'the image: a file, or an address: https://, nbd://, qemu:',
} as const;

export function parseCommit(text: string): Oid {
  const oid = parseOid(text.toLowerCase());
  if (oid !== undefined) return oid;
  throw new InvalidArgumentError('Not the id of a commit: 40 hexadecimal digits.');
}

/** @throws InvalidArgumentError */
function parseCacheSize(text: string): number {
  const bytes = parseByteCount(text);
  if (bytes >= LEAST_CACHE) return bytes;
  throw new InvalidArgumentError('A cache has 16M at least.');
}

/** Of commands that do not check what they read. */
export const REMOTE_OPTIONS: readonly CommanderOption[] = [
  option('--cache <dir>', 'keep what is fetched from web servers in this folder'),
  option('--cache-size <size>', 'most bytes of it, such as 500M (default: 1G)', parseCacheSize),
  option('--netrc <file>', 'take logins of web servers from this file'),
  option('--header-file <file>', "send its lines, NAME: VALUE, to the image's web server"),
];

/** Of those that can. */
export const IMAGE_OPTIONS: readonly CommanderOption[] = [
  option(
    '--commit <id>',
    'refuse any image but that of this commit, and check all that is read',
    parseCommit,
  ),
  ...REMOTE_OPTIONS,
];

/** Where an operand says that an image is. */
export function placeOf(
  address: string,
  { cache, cacheSize, netrc, headerFile }: ImageOptions,
): ImagePlace {
  return { address, remote: { cache, cacheSize, netrc, headerFile } };
}

/** How it is then read. */
export function mountOf({ commit }: ImageOptions): MountOptions {
  return commit === undefined ? {} : { commit };
}

/** @throws FormatError where an image of which all was checked holds another commit */
export function requireCommit({ commit }: ImageOptions, found: string): void {
  if (commit === undefined || oidToHex(commit) === found) return;
  throw new FormatError('BAD_HASH', `the image holds another commit, ${found}`, {
    oid: oidToHex(commit),
  });
}
