import {
  type Idx,
  type Image,
  type Inflater,
  isDelta,
  readEntryHeader,
  readResultSize,
} from '#format';

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
    sizes[rank] = isDelta(header) ? readResultSize(image.pack, header, inflater) : header.size;
  }
  return sizes;
}
