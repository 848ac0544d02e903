import type { ImageOffset } from '../base/offsets.ts';

/** The largest block size of an image, in bytes; the others are smaller powers of two. */
export const MAX_BLOCK_SIZE = 0x100000;

/**
 * Bytes of zero padding after `end` (an image offset) that round it up to a multiple of the block
 * size: 1 to `blockSize`, for an aligned end still gets a whole block. The original writes it so.
 */
export function paddingAfter(end: ImageOffset, blockSize: number): number {
  return blockSize - (end % blockSize);
}
