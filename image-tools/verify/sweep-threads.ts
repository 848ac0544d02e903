import { availableParallelism } from 'node:os';

/** More threads mostly wait, and each may hold large objects. */
const MAX_THREADS = 4;
/** Below this size of the PACK, in bytes, a thread takes longer to start than it saves. */
const MIN_SIZE_FOR_THREADS = 0x400000;

/**
 * How many threads check entries of `size` bytes in all, unless somebody says.
 * @param most how many may work
 */
export function sweepThreads(size: number, most: number = availableParallelism()): number {
  return size < MIN_SIZE_FOR_THREADS ? 1 : Math.min(most, MAX_THREADS);
}
