import { parseOid } from '#format';
import { type FileHandle, type FileSystem, mount, READERS } from '../reader/index.ts';
import type { Host } from './app.ts';
import { UsageError } from './options.ts';

/** The options of {@link openImage} for `parseOptions`: those that take a value, and those alone. */
export const IMAGE_OPTIONS = ['reader', 'commit'] as const;
export const IMAGE_FLAGS = ['check', 'analyze'] as const;

/** How the user wants the image to be read, in the user's words. */
export interface ImageArguments {
  /** The name of a reader; `auto` if absent. */
  readonly reader?: string | undefined;
  /** Any text: the reader is `analyze`. */
  readonly analyze?: string | undefined;
  /** Any text: every object is compared with its id. */
  readonly check?: string | undefined;
  /** The commit that the image must hold, in hexadecimal: checked too. */
  readonly commit?: string | undefined;
}

/**
 * Mounts the disk's image.
 * @throws UsageError for arguments that make no sense, FormatError where the image is bad
 */
export function openImage(host: Host, args: ImageArguments = {}): FileSystem {
  const short = args.analyze === undefined ? undefined : 'analyze';
  const { reader: name = short ?? 'auto' } = args;
  if (short !== undefined && name !== short) {
    throw new UsageError(`use either --analyze or --reader ${name}, not both`);
  }
  const reader = READERS.find((known) => known === name);
  if (reader === undefined) {
    throw new UsageError(`unknown reader '${name}'; use one of ${READERS.join(', ')}`);
  }
  const check = args.check !== undefined || args.commit !== undefined;
  if (check && reader === 'indexed') {
    throw new UsageError(
      'a path index cannot be checked; use another reader with --check or --commit',
    );
  }
  const commit = args.commit === undefined ? undefined : parseOid(args.commit);
  if (args.commit !== undefined && commit === undefined) {
    throw new UsageError(`'${args.commit}' is not a commit id of 40 hexadecimal digits`);
  }
  const { newHash } = host;
  const fs = mount(host.openDisk(), {
    reader,
    check,
    ...(commit && { commit }),
    newHash,
    onWarning: (message) => host.complain(message),
  });
  host.mark('mount');
  return fs;
}

/** Files up to this many bytes are written at once, larger ones in pieces of it. */
const PIECE = 1 << 20;

/** Writes a file's content, without ever holding more than a piece of a large one. */
export function writeFile(host: Host, fs: FileSystem, path: string | Uint8Array): void {
  const file = fs.open(path);
  try {
    writeOpenFile(host, file);
  } finally {
    file.close();
  }
}

/** The same for a file that is already open. */
export function writeOpenFile(host: Host, file: FileHandle): void {
  const { size } = file;
  if (size <= PIECE) {
    host.write(file.view());
    return;
  }
  for (let at = 0; at < size; at += PIECE) host.write(file.view(at, PIECE));
}
