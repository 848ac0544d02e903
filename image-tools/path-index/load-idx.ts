import {
  copyRange,
  Idx,
  type Image,
  idxLayout,
  idxSize,
  memorySource,
  OID_LENGTH,
  readExact,
} from '#format';

/** An IDX in memory. */
export interface LoadedIdx {
  readonly idx: Idx;
  /** The whole IDX, which `idx` reads. */
  readonly bytes: Uint8Array;
  /** Bytes of the whole IDX. */
  readonly size: number;
  /** What its trailer says: the SHA-1 of the PACK and its own. */
  readonly packChecksum: Uint8Array;
  readonly idxChecksum: Uint8Array;
}

/**
 * Reads the IDX of an image into memory, for many look-ups.
 * @throws FormatError TRUNCATED unless all of it lies inside the image
 */
export function loadIdx(image: Image): LoadedIdx {
  const { offsetsAt, count } = idxLayout(image.objectCount);
  const offsets = readExact(image.idxSource, offsetsAt, 4 * count);
  let large = 0;
  for (let at = 0; at < offsets.length; at += 4) large += (offsets[at] as number) >> 7;
  const size = idxSize(count, large);
  const bytes = readExact(image.idxSource, 0, size);
  return {
    idx: new Idx(memorySource(bytes), image.pack.size),
    bytes,
    size,
    packChecksum: copyRange(bytes, size - 2 * OID_LENGTH, size - OID_LENGTH),
    idxChecksum: copyRange(bytes, size - OID_LENGTH, size),
  };
}
