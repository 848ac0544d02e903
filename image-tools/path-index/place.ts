import {
  type ByteSource,
  decodePathIndexFooter,
  FormatError,
  hasPathIndexMagic,
  type ImageOffset,
  MAX_BLOCK_SIZE,
  PATH_INDEX_UNIT,
  readExact,
} from '#format';

/**
 * Where the path index begins in an image whose IDX ends before `idxEnd`: undefined if its last
 * bytes are not those of one.
 * @throws FormatError BAD_INDEX if they say that it begins inside the IDX
 */
export function pathIndexOffset(source: ByteSource, idxEnd: ImageOffset): ImageOffset | undefined {
  if (source.size - idxEnd <= PATH_INDEX_UNIT) return undefined;
  const unit = readExact(source, source.size - PATH_INDEX_UNIT, PATH_INDEX_UNIT);
  if (!hasPathIndexMagic(unit)) return undefined;
  const start = source.size - decodePathIndexFooter(unit).sectionSize;
  if (start > idxEnd && start <= source.size - PATH_INDEX_UNIT) return start;
  throw new FormatError('BAD_INDEX', 'the path index begins outside its place', { offset: start });
}

/**
 * The block size to which a section after an image of `size` bytes is padded. An image does not record its own,
 * but that divides both the offset of the IDX and the size. A power of two, at most {@link MAX_BLOCK_SIZE}.
 */
export function sectionBlockSize(idxOffset: ImageOffset, size: number): number {
  let blockSize = MAX_BLOCK_SIZE;
  while (blockSize > 1 && (idxOffset % blockSize !== 0 || size % blockSize !== 0)) blockSize /= 2;
  return blockSize;
}
