import { type QueueLayout, RING_INDEX, type WaitedQueue } from '#abi';

/**
 * Looks at the used indexes of a machine's queues.
 * @returns whether one of the queues differs from what was seen; throws RangeError for no queue
 */
export function watchUsedIndexes(
  memory: ArrayBuffer,
  layouts: readonly QueueLayout[],
): (queues: readonly WaitedQueue[]) => boolean {
  const indexes = layouts.map(({ used }) => new Uint16Array(memory, used + RING_INDEX, 1));
  const { load } = Atomics;
  return (queues) => {
    // No iterator: the guest may have changed that of arrays.
    for (let at = 0; at < queues.length; at += 1) {
      const { id, seen } = queues[at] as WaitedQueue;
      const index = indexes[id];
      if (index === undefined) throw new RangeError(`no queue ${id}`);
      if (load(index, 0) !== seen) return true;
    }
    return false;
  };
}
