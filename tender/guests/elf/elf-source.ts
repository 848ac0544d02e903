import { ElfError } from './elf-error.ts';

/** A unikernel's file, of which only the parts that are needed are read. */
export interface ElfSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `offset` on, both safe integers; fewer where the file ends before. */
  read(offset: number, length: number): Uint8Array;
}

/** A file that is in memory already. */
export function elfBytes(bytes: Uint8Array): ElfSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/**
 * Reads a part of the file, all of it.
 * @param what it is, for the message
 * @throws {ElfError} where the file does not have it
 */
export function readExactly(
  source: ElfSource,
  what: string,
  offset: number,
  length: number,
): DataView {
  // The end is checked before anything is allocated.
  if (offset + length <= source.size) {
    const bytes = source.read(offset, length);
    if (bytes.length === length) return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
  throw new ElfError(
    `Invalid executable: ${what} (${length} bytes at ${offset}) is not inside the file, which has ${source.size} bytes`,
  );
}

/**
 * A 64-bit field. Beyond 2^53 − 1 it is not exact, but larger than any file and any memory: bounds refuse it
 * as they refuse what is slightly too large.
 */
export function getU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
