import type { Machine } from '#abi';

/** Alignment of allocations, in bytes. */
const ALIGNMENT = 512;

/** The memory that guest and devices share, given out piece by piece and never taken back. */
export interface SharedHeap {
  /** Bytes that {@link SharedHeap.allocateShared} can still give. */
  sharedMemoryLeft(): number;
  /**
   * Takes memory that guest and devices share: reads into it need no copy. It is never given back.
   * @param size bytes
   * @returns a view, aligned to 512 bytes; undefined where too little is left
   */
  allocateShared(size: number): Uint8Array | undefined;
}

/** The heap of a machine; one for each machine, since it keeps the count. */
export function createSharedHeap({ memory, heap }: Machine): SharedHeap {
  const bytes = new Uint8Array(memory);
  const end = heap.start + heap.size;
  let next = heap.start;
  return {
    sharedMemoryLeft: () => end - next,
    allocateShared(size) {
      const start = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
      if (size > end - start) return undefined;
      next = start + size;
      return bytes.subarray(start, next);
    },
  };
}
