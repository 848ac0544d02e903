import { layoutQueues } from '#abi';
import { clock } from '../base/clock.ts';
import type { Libc, SharedMapping } from '../native/libc.ts';
import type { Device } from '../virtio/device.ts';
import { DeviceQueue } from '../virtio/device-queue.ts';
import { mapMemory } from '../virtio/memory-map.ts';
import { QueueServer } from '../virtio/queue-server.ts';
import { CONTROL_BYTES, openSharedPage } from './shared-page.ts';
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
/** Naps before the first sleep: a guest reads soon after its start. */
const FIRST_NAPS = 10;

/** What serves a guest through shared memory. */
export interface SharedServer {
  /**
   * Stops serving. The shared memory is given back as soon as no device writes into it any more.
   */
  close(): void;
}

/**
 * Serves the queues of a guest whose memory is mapped here. While requests follow one another this
 * thread blocks on the doorbell itself, for a millisecond at most; an idle guest is waited for on a
 * thread of the pool, a quarter of a second at a time. So is one whose devices have requests in flight:
 * their answers come by this thread's event loop.
 * @param guestSize bytes of the guest's memory, after the control page
 * @param onFailure a HostError or a VirtqueueError: nothing is served any more
 */
export function serveShared(
  libc: Libc,
  mapping: SharedMapping,
  guestSize: number,
  devices: readonly Device[],
  spinner: Spinner,
  onFailure: (error: Error) => void,
): SharedServer {
  const page = openSharedPage(libc, mapping);
  const { doorbell, completion } = page;
  const map = mapMemory(mapping.view(CONTROL_BYTES, guestSize));
  let open = true;
  let mapped = true;
  let asleep = false;
  let heard = 0;
  let firstNaps = FIRST_NAPS;

  function fail(error: Error): void {
    if (!open) return;
    open = false;
    onFailure(error);
  }
  /** A device may be writing into the guest's memory, or a thread may sleep on it. */
  function inUse(): boolean {
    return asleep || countInFlight() > 0;
  }
  function release(): void {
    if (open || !mapped || inUse()) return;
    mapped = false;
    mapping.unmap();
  }
  function onLate(): void {
    if (open) completion.ring();
    else if (closed) release();
  }

  const layouts = layoutQueues(devices).devices;
  const servers = devices.flatMap((device, index) =>
    (layouts[index] ?? []).map(
      (layout, queue) =>
        new QueueServer(new DeviceQueue(map, layout), (chain) => device.serve(queue, chain), {
          onLate,
          onFailure: fail,
        }),
    ),
  );
  let closed = false;

  function countInFlight(): number {
    let count = 0;
    for (const { inFlight } of servers) count += inFlight;
    return count;
  }

  function serveAll(): number {
    const before = countInFlight();
    let taken = 0;
    for (const server of servers) taken += server.takeTurn(TURN);
    if (taken > countInFlight() - before) completion.ring();
    return taken;
  }

  /** True once the doorbell rang, false when it did not while this thread may block. */
  function napUntilDoorbell(rung: number): boolean {
    const news = () => doorbell.count !== rung;
    if (spinner.sees(news)) return true;
    doorbell.sleep(rung, NAP_NS);
    return news();
  }

  function sleepUntilDoorbell(rung: number): void {
    asleep = true;
    doorbell.sleepLater(rung, SLEEP_NS, () => {
      asleep = false;
      if (open) serve();
      else if (closed) release();
    });
  }

  function serve(): void {
    if (!open) return;
    const start = clock();
    try {
      for (;;) {
        const rung = doorbell.count;
        if (serveAll() === 0) {
          const { hails } = page;
          if (hails !== heard) {
            heard = hails;
            // The second one comes after the loop has looked at the channel, in any phase of it.
            setImmediate(() => setImmediate(serve));
            return;
          }
          if (countInFlight() > 0) {
            sleepUntilDoorbell(rung);
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
        if (clock() - start > SLICE_MS) break;
      }
      setImmediate(serve);
    } catch (error) {
      fail(error as Error);
    }
  }

  function wake(): void {
    doorbell.interrupt();
  }

  setImmediate(serve);
  // A process that leaves waits for its pool's threads: none may be left asleep.
  process.once('exit', wake);
  return {
    close() {
      open = false;
      closed = true;
      process.off('exit', wake);
      for (const server of servers) server.close();
      if (asleep) wake();
      release();
    },
  };
}
