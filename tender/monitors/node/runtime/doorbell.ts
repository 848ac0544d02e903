import type { WaitedQueue } from '#abi';

/** How the guest's queues reach the devices; each transport has its own. */
export interface Doorbell {
  /** The device has new requests in the queue of this number. */
  notify(queue: number): void;
  /**
   * Sleeps until the used index of a queue differs from the one that was seen.
   * @param deadline in nanoseconds, by the monotonic clock; none if absent
   * @returns false if the deadline came first, or if nothing is in flight
   */
  wait(queues: readonly WaitedQueue[], deadline?: bigint): boolean;
  /** Asks the tender, which may be watching the queues, to read the channel now. */
  hail(): void;
}
