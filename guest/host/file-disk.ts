import { closeSync, constants, fstatSync, openSync, readSync, readvSync } from 'node:fs';
import type { ByteSource } from '#format';
import { LineCache, type LineRead } from '../reader/cache/line-cache.ts';
import { systemWords } from './system-words.ts';

/** Bytes of a cache line: most reads that do not follow one another need no more. */
const LINE_BYTES = 8 * 1024;
const CACHE_BYTES = 2 * 1024 * 1024;

/** Why an image file cannot be used. Codes are only ever added: programs match on them. */
export type DiskErrorCode =
  /** It cannot be opened; `cause` is the system's error. */
  | 'CANNOT_OPEN'
  /** A folder, a FIFO or the like. */
  | 'NOT_A_FILE'
  /** A read failed, or the file has become shorter. */
  | 'CANNOT_READ'
  /** The image was closed before. */
  | 'CLOSED';

/** The image file cannot be opened or read; its content does not matter. */
export class DiskError extends Error {
  /** Of any copy of this library: entry points that must start fast are bundles of their own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === 'DiskError';
  }

  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;

  constructor(code: DiskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An image file as bytes. Close it when done; to close it again does nothing. */
export interface FileDisk extends ByteSource {
  close(): void;
}

/**
 * Opens a regular file, with a cache of its parts used last.
 * @throws DiskError; `window` too, where a read fails, the file has become shorter or was closed
 */
export function openFileDisk(path: string): FileDisk {
  const fd = attempt(path, 'open', () => {
    // NONBLOCK, so that a FIFO is refused below and not waited for.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  });
  return adoptFileDisk(path, fd);
}

/**
 * The same for a file that is open already; `close` closes it.
 * @param path what errors call it
 */
export function adoptFileDisk(path: string, fd: number): FileDisk {
  const stat = attempt(path, 'open', () => fstatSync(fd));
  if (!stat.isFile()) {
    closeSync(fd);
    throw new DiskError('NOT_A_FILE', `${path}: not a regular file`);
  }
  // The descriptor's number is soon another file's: after `close` it must not be used.
  let isOpen = true;
  const readWith = (wanted: number, call: () => number): void => {
    if (!isOpen) throw new DiskError('CLOSED', `${path}: cannot read: it was closed`);
    const count = attempt(path, 'read', call);
    if (count < wanted) throw new DiskError('CANNOT_READ', `${path}: cannot read: it was cut`);
  };
  const read = (offset: number, into: Uint8Array): void =>
    readWith(into.length, () => readSync(fd, into, 0, into.length, offset));
  const cache = new LineCache(
    {
      size: stat.size,
      blockSize: 1,
      read(reads) {
        for (let first = 0, next = 0; first < reads.length; first = next) {
          next = endOfRun(reads, first);
          const { offset, into } = reads[first] as LineRead;
          if (next - first === 1) {
            read(offset, into);
            continue;
          }
          const parts = reads.slice(first, next).map((part) => part.into);
          const wanted = parts.reduce((sum, { length }) => sum + length, 0);
          readWith(wanted, () => readvSync(fd, parts, offset));
        }
      },
    },
    new Uint8Array(Math.max(LINE_BYTES, Math.min(CACHE_BYTES, stat.size + LINE_BYTES))),
    LINE_BYTES,
  );
  return {
    size: stat.size,
    window: (offset, want) => cache.window(offset, want),
    readOnce: read,
    close() {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}

/** The first of the reads after `first` that does not go on where the one before it ends. */
function endOfRun(reads: readonly LineRead[], first: number): number {
  let end = first + 1;
  for (let before = reads[first] as LineRead; end < reads.length; end++) {
    const next = reads[end] as LineRead;
    if (next.offset !== before.offset + before.into.length) break;
    before = next;
  }
  return end;
}

function attempt<T>(path: string, verb: 'open' | 'read', call: () => T): T {
  try {
    return call();
  } catch (error) {
    const hint = path.startsWith('~/') ? ': the shell leaves ~ alone there, write $HOME' : '';
    throw new DiskError(
      verb === 'open' ? 'CANNOT_OPEN' : 'CANNOT_READ',
      `${path}: cannot ${verb}: ${systemWords(error)}${hint}`,
      { cause: error },
    );
  }
}
