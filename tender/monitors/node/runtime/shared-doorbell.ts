import { type QueueLayout, RING_INDEX } from '#abi';
import { FUTEX_WAIT, FUTEX_WAKE } from '../../../native/constants.ts';
import type { Libc, SharedMapping } from '../../../native/libc.ts';
import { CONTROL_BYTES, ControlWord, wordAddress } from '../../../transport/shared-page.ts';
import type { Spinner } from '../../../transport/spinner.ts';
import type { Doorbell } from './doorbell.ts';

/**
 * The fast transport: the tender sees the rings itself. This side only wakes it, and sleeps until
 * it has answered.
 */
export function createSharedDoorbell(
  libc: Libc,
  mapping: SharedMapping,
  memory: ArrayBuffer,
  layouts: readonly QueueLayout[],
  spinner: Spinner,
): Doorbell {
  const words = new Int32Array(mapping.view(0, CONTROL_BYTES));
  const usedIndexes = layouts.map((layout) => new Uint16Array(memory, layout.used + RING_INDEX, 1));
  const doorbell = wordAddress(mapping.address, ControlWord.DOORBELL);
  const completion = wordAddress(mapping.address, ControlWord.COMPLETION);
  const { raw } = libc;
  const { add, load, store } = Atomics;

  function notify(): void {
    add(words, ControlWord.DOORBELL, 1);
    if (load(words, ControlWord.TENDER_SLEEPS) !== 0) raw('futex', doorbell, FUTEX_WAKE, 1);
  }

  return {
    notify,
    hail() {
      add(words, ControlWord.HAILS, 1);
      notify();
    },
    wait(device, seen) {
      const used = usedIndexes[device];
      if (used === undefined) throw new RangeError(`no device ${device}`);
      while (!spinner.differs(used, 0, seen)) {
        const answered = load(words, ControlWord.COMPLETION);
        store(words, ControlWord.GUEST_SLEEPS, 1);
        // The answer may have come before the flag was up: then nobody would wake this side.
        if (load(used, 0) === seen) raw('futex', completion, FUTEX_WAIT, answered, 0);
        store(words, ControlWord.GUEST_SLEEPS, 0);
      }
    },
  };
}
