import {
  decodeDeltaSizes,
  type EntryHeader,
  type Idx,
  type Image,
  type Inflater,
  readEntryHeader,
} from '#format';

/** The two sizes that head a delta take at most this many bytes. */
const DELTA_SIZES_LENGTH = 20;

/**
 * The sizes of all objects of an image in bytes, by their ranks in the IDX: read from the headers of
 * their entries and the heads of deltas, in the order of the PACK.
 * @throws FormatError
 */
export function readObjectSizes(image: Image, idx: Idx, inflater: Inflater): Float64Array {
  const sizes = new Float64Array(idx.count);
  const packOffsets = Float64Array.from(sizes, (_, rank) => idx.packOffsetOf(rank));
  const ranks = Uint32Array.from(sizes, (_, rank) => rank);
  ranks.sort((a, b) => (packOffsets[a] as number) - (packOffsets[b] as number));
  for (const rank of ranks) {
    const header = readEntryHeader(image.pack, packOffsets[rank] as number);
    const isDelta = header.basePackOffset !== undefined || header.baseOid !== undefined;
    sizes[rank] = isDelta ? readResultSize(image, header, inflater) : header.size;
  }
  return sizes;
}

function readResultSize(image: Image, header: EntryHeader, inflater: Inflater): number {
  const head = new Uint8Array(Math.min(DELTA_SIZES_LENGTH, header.size));
  let length = 0;
  inflater.inflateStream(image.pack, header.dataOffset, header.size, (piece) => {
    const part = piece.subarray(0, head.length - length);
    head.set(part, length);
    length += part.length;
    return length < head.length;
  });
  return decodeDeltaSizes(head).resultSize;
}
