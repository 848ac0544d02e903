import { type ByteSource, FormatError, readExact } from '#format';

/** A copy of `size` bytes at `offset`. @throws FormatError */
export function readHeader(source: ByteSource, offset: number, size: number): Buffer {
  if (!Number.isSafeInteger(offset))
    throw new FormatError('BAD_SUPERBLOCK', 'an offset beyond 2^53');
  return Buffer.from(readExact(source, offset, size).buffer);
}

/** A wrapped disk can name other files to be read in its place: files of the user who verifies it. */
export function notAlone(): FormatError {
  return new FormatError('BAD_SUPERBLOCK', 'the disk needs other files as well');
}

export function unsound(format: string, why: string): FormatError {
  return new FormatError('BAD_SUPERBLOCK', `not a valid ${format} disk: ${why}`);
}
