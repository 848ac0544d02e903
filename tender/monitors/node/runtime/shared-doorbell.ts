import type { QueueLayout, WaitedQueue } from '#abi';
import type { SharedPage } from '../../../transport/shared-page.ts';
import type { Spinner } from '../../../transport/spinner.ts';
import type { Doorbell } from './doorbell.ts';
import { watchUsedIndexes } from './used-indexes.ts';

/**
 * The fast transport: the tender sees the rings itself. This side wakes it, and sleeps until it answers.
 * @param monotonic the clock of deadlines, in nanoseconds
 */
export function createSharedDoorbell(
  { doorbell, completion, hail }: SharedPage,
  memory: ArrayBuffer,
  layouts: readonly QueueLayout[],
  spinner: Spinner,
  monotonic: () => bigint,
): Doorbell {
  const anyChanged = watchUsedIndexes(memory, layouts);
  return {
    notify: () => doorbell.ring(),
    hail() {
      hail();
      doorbell.ring();
    },
    wait(queues: readonly WaitedQueue[], deadline?: bigint) {
      const news = () => anyChanged(queues);
      if (spinner.sees(news)) return true;
      for (;;) {
        const heard = completion.count;
        if (news()) return true;
        const limit = deadline === undefined ? undefined : deadline - monotonic();
        if (limit !== undefined && limit <= 0n) return false;
        completion.sleep(heard, limit);
      }
    },
  };
}
