import type { Chain, Written } from './device.ts';
import { type DeviceQueue, VirtqueueError } from './device-queue.ts';

/** What a {@link QueueServer} tells of the chains that a device answers later. */
export interface QueueEvents {
  /** Such a chain was given back: the guest is to be told. */
  readonly onLate: () => void;
  /** A HostError, or a VirtqueueError: nothing is served any more. */
  readonly onFailure: (error: Error) => void;
}

/** Serves one queue: takes its chains, has the device carry them out, and gives them back. */
export class QueueServer {
  readonly #queue: DeviceQueue;
  readonly #serve: (chain: Chain) => Written | Promise<Written>;
  readonly #events: QueueEvents;
  /** Chains in flight, by their heads. A guest that offers one of them again breaks only its own requests. */
  readonly #heads = new Set<number>();
  #open = true;

  constructor(
    queue: DeviceQueue,
    serve: (chain: Chain) => Written | Promise<Written>,
    events: QueueEvents,
  ) {
    this.#queue = queue;
    this.#serve = serve;
    this.#events = events;
  }

  /** Chains that the device has not answered yet: fewer than the queue has entries, or as many. */
  get inFlight(): number {
    return this.#heads.size;
  }

  /**
   * Takes what the guest made available.
   * @param limit most chains to take now, so that one guest's flood leaves room for other work
   * @returns how many were taken: answered, or in flight from now on
   * @throws {VirtqueueError} where the guest broke its rings
   * @throws {HostError} where the host failed
   */
  takeTurn(limit: number): number {
    let taken = 0;
    for (; taken < limit; taken += 1) {
      const chain = this.#queue.next();
      if (chain === undefined) break;
      const { head } = chain;
      if (this.#heads.size > 0 && this.#heads.has(head)) {
        throw new VirtqueueError(`descriptor ${head} begins a chain that is in flight`);
      }
      const written = this.#serve(chain);
      if (written instanceof Promise) this.#await(head, written);
      else this.#queue.push(head, written.front + written.back);
    }
    return taken;
  }

  /** Gives nothing back any more: what is in flight ends unheard. */
  close(): void {
    this.#open = false;
  }

  #await(head: number, later: Promise<Written>): void {
    this.#heads.add(head);
    later.then(
      ({ front, back }) => {
        this.#heads.delete(head);
        if (this.#open) this.#queue.push(head, front + back);
        this.#events.onLate();
      },
      (error: Error) => {
        this.#heads.delete(head);
        if (this.#open) this.#events.onFailure(error);
        this.#events.onLate();
      },
    );
  }
}
