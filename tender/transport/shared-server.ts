import { QUEUE_STRIDE, queueLayout } from '#abi';
import type { NamedDevice } from '../block/block-device.ts';
import { serveQueue } from '../devices/block/serve-queue.ts';
import { FUTEX_WAIT, FUTEX_WAKE } from '../native/constants.ts';
import type { Libc, SharedMapping } from '../native/libc.ts';
import { DeviceQueue } from '../virtio/device-queue.ts';
import { CONTROL_BYTES, ControlWord, wordAddress } from './shared-page.ts';
import type { Spinner } from './spinner.ts';

/** Requests of one queue that are answered before the other queues have their turn. */
const TURN = 32;
/** After so long without a break the event loop has its turn: signals, the guest's end. In ms. */
const SLICE_MS = 4;
/** How long a busy tender blocks on the doorbell before it sleeps on another thread. In ns. */
const NAP_NS = 1_000_000n;
/**
 * How long an idle tender sleeps on another thread, in ns. Then it looks by itself: a guest that broke out
 * could have kept the doorbell from it, and the program that it is part of waits for that thread at its end.
 */
const SLEEP_NS = 250_000_000n;
/** Who sleeps on a doorbell is woken at the end, be it many. */
const ALL_SLEEPERS = 0x7fffffff;
/** A guest has only begun, and will read soon: so many naps precede the first sleep. */
const FIRST_NAPS = 10;

/** The address of a struct timespec of less than a second. */
function timespec(libc: Libc, nanoseconds: bigint): bigint {
  return libc.keep(new Uint8Array(BigInt64Array.of(0n, nanoseconds).buffer));
}

/** What serves a guest through shared memory. */
export interface SharedServer {
  /** Stops serving, and gives the shared memory back. */
  close(): void;
}

/**
 * Serves the queues of a guest whose memory is mapped here. While requests follow one another this
 * thread blocks on the doorbell itself, for a millisecond at most; an idle guest is waited for on a
 * thread of the pool, a quarter of a second at a time.
 * @param guestSize bytes of the guest's memory, behind the control page
 * @param onFailure a HostError or a VirtqueueError: nothing is served any more
 */
export function serveShared(
  libc: Libc,
  mapping: SharedMapping,
  guestSize: number,
  devices: readonly NamedDevice[],
  spinner: Spinner,
  onFailure: (error: Error) => void,
): SharedServer {
  const words = new Int32Array(mapping.view(0, CONTROL_BYTES));
  const doorbell = wordAddress(mapping.address, ControlWord.DOORBELL);
  const completion = wordAddress(mapping.address, ControlWord.COMPLETION);
  const guest = mapping.view(CONTROL_BYTES, guestSize);
  const queues = devices.map((device, index) => ({
    device,
    queue: new DeviceQueue(guest, queueLayout(index * QUEUE_STRIDE)),
  }));
  const nap = timespec(libc, NAP_NS);
  const sleep = timespec(libc, SLEEP_NS);
  let open = true;
  let asleep = false;
  let heard = 0;
  let firstNaps = FIRST_NAPS;

  function serveAll(): number {
    let served = 0;
    for (const { device, queue } of queues) served += serveQueue(guest, queue, device, TURN);
    if (served > 0) {
      Atomics.add(words, ControlWord.COMPLETION, 1);
      if (Atomics.load(words, ControlWord.GUEST_SLEEPS) !== 0) {
        libc.raw('futex', completion, FUTEX_WAKE, 1);
      }
    }
    return served;
  }

  /** True once the doorbell rang, false when it did not while this thread may block. */
  function napUntilDoorbell(rung: number): boolean {
    if (spinner.differs(words, ControlWord.DOORBELL, rung)) return true;
    Atomics.store(words, ControlWord.TENDER_SLEEPS, 1);
    if (Atomics.load(words, ControlWord.DOORBELL) === rung) {
      libc.raw('futex', doorbell, FUTEX_WAIT, rung, nap);
    }
    Atomics.store(words, ControlWord.TENDER_SLEEPS, 0);
    return Atomics.load(words, ControlWord.DOORBELL) !== rung;
  }

  function sleepUntilDoorbell(rung: number): void {
    Atomics.store(words, ControlWord.TENDER_SLEEPS, 1);
    asleep = true;
    libc.callLater('futex', [doorbell, FUTEX_WAIT, rung, sleep], () => {
      asleep = false;
      if (open) {
        Atomics.store(words, ControlWord.TENDER_SLEEPS, 0);
        serve();
      } else mapping.unmap();
    });
  }

  function serve(): void {
    if (!open) return;
    const start = performance.now();
    try {
      for (;;) {
        const rung = Atomics.load(words, ControlWord.DOORBELL);
        if (serveAll() === 0) {
          const hails = Atomics.load(words, ControlWord.HAILS);
          if (hails !== heard) {
            heard = hails;
            // The second one comes after the loop has looked at the channel, in any phase of it.
            setImmediate(() => setImmediate(serve));
            return;
          }
          if (!napUntilDoorbell(rung)) {
            if (firstNaps === 0) {
              sleepUntilDoorbell(rung);
              return;
            }
            firstNaps -= 1;
            break;
          }
        }
        if (performance.now() - start > SLICE_MS) break;
      }
      setImmediate(serve);
    } catch (error) {
      open = false;
      onFailure(error as Error);
    }
  }

  function wake(): void {
    // A changed word ends the sleep even where it has not quite begun.
    Atomics.add(words, ControlWord.DOORBELL, 1);
    libc.raw('futex', doorbell, FUTEX_WAKE, ALL_SLEEPERS);
  }

  setImmediate(serve);
  // A process that leaves waits for its pool's threads: none may be left asleep.
  process.once('exit', wake);
  return {
    close() {
      open = false;
      process.off('exit', wake);
      if (asleep) wake();
      else mapping.unmap();
    },
  };
}
