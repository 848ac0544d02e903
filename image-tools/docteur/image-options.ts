import { type Option as CommanderOption, InvalidArgumentError } from 'commander';
import { FormatError, type Oid, oidToHex, parseOid } from '#format';
import type { MountOptions } from '#reader';
import type { ImagePlace } from '../open/open-image.ts';
import { option } from './declaration.ts';

/** What the commands that read an image let be said of it. */
export interface ImageOptions {
  readonly commit?: Oid;
}

/** The operand of an image. */
export const IMAGE_OPERAND = {
  name: '<image>',
  text: 'the image: a file, or an address: https://, nbd://, qemu:',
} as const;

function parseCommit(text: string): Oid {
  const oid = parseOid(text.toLowerCase());
  if (oid !== undefined) return oid;
  throw new InvalidArgumentError('Not the id of a commit: 40 hexadecimal digits.');
}

/** Of commands that do not check what they read. */
export const REMOTE_OPTIONS: readonly CommanderOption[] = [];

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
export function placeOf(address: string, _options: ImageOptions): ImagePlace {
  return { address };
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
