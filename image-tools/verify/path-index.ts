import { type ByteSource, equalBytes, FormatError, type ImageOffset, readExact } from '#format';
import { encodePathIndex, type PathIndexInput } from '../path-index/encode.ts';
import { sectionBlockSize } from '../path-index/place.ts';

/**
 * Compares the path index at `indexOffset` of an image with the one that its trees give, block by
 * block, and so every path in it and every one that it should have. Gives the number of paths.
 * @throws FormatError BAD_INDEX
 */
export function verifyPathIndex(
  source: ByteSource,
  indexOffset: ImageOffset,
  input: Omit<PathIndexInput, 'blockSize'>,
): number {
  const differs = (offset: ImageOffset) =>
    new FormatError('BAD_INDEX', 'the path index differs from the trees', { offset });
  const blockSize = sectionBlockSize(input.image.idxOffset, indexOffset);
  let at = indexOffset;
  const { paths } = encodePathIndex({ ...input, blockSize }, (block) => {
    if (block.length > source.size - at) throw differs(at);
    const stored = readExact(source, at, block.length);
    if (!equalBytes(stored, block)) {
      throw differs(at + block.findIndex((byte, i) => byte !== stored[i]));
    }
    at += block.length;
  });
  if (at !== source.size) throw differs(at);
  return paths;
}
