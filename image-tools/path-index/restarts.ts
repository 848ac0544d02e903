import {
  checkInflatedSize,
  findRestarts,
  type Idx,
  type Image,
  isDelta,
  OBJECT_BLOB,
  RESTART_SIZE,
  readEntryHeader,
} from '#format';

/**
 * PACK offsets, rising, of all parts of the large files that were deflated in parts.
 * `sizes` are those of the objects by rank. @throws FormatError
 */
export function readRestarts({ pack }: Image, idx: Idx, sizes: Float64Array): Float64Array {
  const packOffsets: number[] = [];
  for (let rank = 0; rank < idx.count; rank++) {
    if ((sizes[rank] as number) > RESTART_SIZE) packOffsets.push(idx.packOffsetOf(rank));
  }
  packOffsets.sort((a, b) => a - b);
  const places: number[] = [];
  for (const packOffset of packOffsets) {
    const header = readEntryHeader(pack, packOffset);
    if (isDelta(header) || header.type !== OBJECT_BLOB) continue;
    const { dataOffset, size } = header;
    checkInflatedSize(size, pack.size - dataOffset, dataOffset);
    const found = findRestarts({ source: pack, offset: dataOffset, size });
    for (const place of found ?? []) places.push(place);
  }
  return Float64Array.from(places);
}
