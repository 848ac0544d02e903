import type { ByteSource } from '../bytes/byte-source.ts';
import { decodeDeltaSizes, MAX_DELTA_SIZES_LENGTH } from '../git/delta.ts';
import type { EntryHeader } from '../git/pack-entry.ts';
import type { Inflater } from './inflate.ts';

/**
 * The size in bytes of what the delta of an entry makes: only the delta's head is inflated.
 * @throws FormatError BAD_ZLIB, TRUNCATED, BAD_DELTA
 */
export function readResultSize(
  pack: ByteSource,
  { dataOffset, size }: EntryHeader,
  inflater: Inflater,
): number {
  const head = new Uint8Array(Math.min(MAX_DELTA_SIZES_LENGTH, size));
  let length = 0;
  inflater.inflateStream(pack, dataOffset, size, (piece) => {
    const part = piece.subarray(0, head.length - length);
    head.set(part, length);
    length += part.length;
    return length < head.length;
  });
  return decodeDeltaSizes(head).resultSize;
}
