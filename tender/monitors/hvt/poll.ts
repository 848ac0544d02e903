import { HostError } from '../../base/errors.ts';
import { EINTR } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import { SyscallError } from '../../native/libc.ts';
import { PollList } from '../../native/poll-list.ts';
import { timespec } from '../../native/timespec.ts';

/** One wait on another thread, in ns; closing may take as long. */
const SLICE_NS = 250_000_000n;
/** One wait on this thread, in ns. */
const NAP_NS = 1_000_000n;

/** Descriptors that are waited for. */
export interface Poller {
  /**
   * Waits until one of them is ready, or for so many nanoseconds. Short waits are made on this thread, for a
   * millisecond at most; the others on one of the pool.
   * @returns the places of those that are ready
   */
  wait(nanoseconds: bigint): readonly number[] | Promise<readonly number[]>;
  /** Later waits end without a result; a pending one ends soon. */
  close(): void;
  /** Whether another thread is waiting. */
  readonly inUse: boolean;
}

/** Waits for descriptors by ppoll(2). One wait is under way at a time. */
export function createPoller(libc: Libc, fds: readonly number[], events: number): Poller {
  const list = new PollList(libc, fds.length);
  const limit = timespec(libc);
  let open = true;
  let inUse = false;

  function prepare(nanoseconds: bigint): [bigint, number, bigint, number] {
    list.ask(fds, events);
    return [list.address, fds.length, limit(nanoseconds), 0];
  }
  function waitHere(nanoseconds: bigint): number[] {
    const result = libc.raw('ppoll', ...prepare(nanoseconds));
    if (result < 0 && result !== -EINTR)
      throw new HostError(new SyscallError('ppoll', -result).message);
    return result > 0 ? list.ready() : [];
  }
  function waitElsewhere(until: bigint): Promise<readonly number[]> {
    return new Promise((resolve) => {
      const again = () => {
        const left = until - process.hrtime.bigint();
        if (!open || left <= 0n) {
          resolve([]);
          return;
        }
        inUse = true;
        libc.callLater('ppoll', prepare(left < SLICE_NS ? left : SLICE_NS), () => {
          inUse = false;
          const ready = list.ready();
          if (ready.length > 0) resolve(ready);
          else again();
        });
      };
      again();
    });
  }

  return {
    wait(nanoseconds) {
      const until = process.hrtime.bigint() + nanoseconds;
      const ready = waitHere(nanoseconds < NAP_NS ? nanoseconds : NAP_NS);
      // Handlers of signals run before the rest of the wait.
      return ready.length > 0 || nanoseconds <= NAP_NS ? ready : waitElsewhere(until);
    },
    close() {
      open = false;
    },
    get inUse() {
      return inUse;
    },
  };
}
