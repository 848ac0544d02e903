import type { ByteSource } from '../bytes/byte-source.ts';
import { type DeltaSizes, decodeDeltaSizes, MAX_DELTA_SIZES_LENGTH } from '../git/delta.ts';
import type { EntryHeader } from '../git/pack-entry.ts';
import type { Inflater } from './inflate.ts';

/**
 * The size in bytes of what the delta of an entry makes: only the delta's head is inflated.
 * @throws FormatError BAD_ZLIB, TRUNCATED, BAD_DELTA
 */
export function readResultSize(pack: ByteSource, header: EntryHeader, inflater: Inflater): number {
  return readDeltaSizes(pack, header, inflater).resultSize;
}

/** The same with the size of the base. @throws FormatError BAD_ZLIB, TRUNCATED, BAD_DELTA */
export function readDeltaSizes(
  pack: ByteSource,
  { dataOffset, size }: EntryHeader,
  inflater: Inflater,
): DeltaSizes {
  const head = new Uint8Array(Math.min(MAX_DELTA_SIZES_LENGTH, size));
  let length = 0;
  const takePiece = (piece: Uint8Array) => {
    const part = piece.subarray(0, head.length - length);
    head.set(part, length);
    length += part.length;
    return length < head.length;
  };
  // What lies behind the head is perhaps not at hand yet.
  inflater.inflateStream(pack, dataOffset, size, takePiece, head.length);
  return decodeDeltaSizes(head);
}
