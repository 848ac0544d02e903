import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type ByteSource, peekBytes } from '#format';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';

/** The least that is read where the last read ended, and elsewhere, in bytes. */
const SEQUENTIAL_READ = 0x10000;
const RANDOM_READ = 0x1000;
const MAX_READ = 0x100000;

/** A source over an open file. Close it when done. */
export interface FileSource extends ByteSource {
  close(): void;
}

/**
 * Opens a regular file as a source; it is read in pieces of up to 1 MiB.
 * @throws ToolError NO_INPUT if there is no such file to read; IO, from `window`, if a read fails
 */
export function openFileSource(path: string): FileSource {
  const fd = openRegularFile(path);
  return { ...fileSource(fd, path), close: () => closeSync(fd) };
}

/**
 * The open file `fd` as a source, as large as it is now; the descriptor stays the caller's. `path`
 * is for messages.
 * @throws ToolError IO, from `window`, if a read fails
 */
export function fileSource(fd: number, path: string): ByteSource {
  const { size } = fstatSync(fd);
  let buffer = new Uint8Array(SEQUENTIAL_READ);
  let start = 0;
  let length = 0;

  return {
    size,
    window(offset, want) {
      const at = offset - start;
      // What is at hand will do, unless it is the tail of a piece that more was wanted of.
      if (at >= 0 && at < length && (length - at >= want || start + length >= size)) {
        return buffer.subarray(at, length);
      }
      if (offset < 0 || offset >= size) return new Uint8Array(0);
      const least = offset === start + length ? SEQUENTIAL_READ : RANDOM_READ;
      const piece = Math.min(MAX_READ, Math.max(least, want));
      if (piece > buffer.length) buffer = new Uint8Array(piece);
      start = offset;
      length = 0;
      try {
        length = readSync(fd, buffer, 0, Math.min(piece, size - offset), offset);
      } catch (error) {
        throw new ToolError('IO', `${path}: cannot read: ${describeSystemError(error)}`, error);
      }
      return buffer.subarray(0, length);
    },
  };
}

/**
 * A copy of the first bytes of a regular file: `size`, or all of a smaller one.
 * @throws ToolError NO_INPUT; IO if the read fails
 */
export function readHead(path: string, size: number): Buffer {
  const source = openFileSource(path);
  try {
    return Buffer.from(peekBytes(source, 0, size).subarray(0, size));
  } finally {
    source.close();
  }
}

/**
 * A file from its start to its end, in pieces of up to 1 MiB that are borrowed until the next one.
 * @throws ToolError NO_INPUT; IO if a read fails, or the file is cut meanwhile
 */
export function* readPieces(path: string): Generator<Uint8Array, void, undefined> {
  const source = openFileSource(path);
  try {
    for (let at = 0; at < source.size; ) {
      const view = source.window(at, MAX_READ);
      if (view.length === 0) throw new ToolError('IO', `${path}: shorter than it was`);
      yield view;
      at += view.length;
    }
  } finally {
    source.close();
  }
}

/** Refuses `-`, which stands for stdin: images are read at any offset. @throws ToolError USAGE */
export function refuseStdin(path: string): void {
  if (path !== '-') return;
  const words = 'an image is read from a file, not from stdin; ./- names such a file';
  throw new ToolError('USAGE', words);
}

/**
 * Opens a regular file for reading, and gives its descriptor, which is the caller's.
 * @throws ToolError NO_INPUT; USAGE for `-`
 */
export function openRegularFile(path: string): number {
  refuseStdin(path);
  let fd: number;
  try {
    // NONBLOCK, so that a FIFO is refused below and not waited for.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOfSystemError(error, 'NO_INPUT');
    throw new ToolError(code, `${path}: cannot open: ${describeSystemError(error)}`, error);
  }
  if (!fstatSync(fd).isFile()) {
    closeSync(fd);
    throw new ToolError('NO_INPUT', `${path}: not a regular file`);
  }
  return fd;
}
