import type { WaitedQueue } from '#abi';

/** How the guest's queues reach the devices: what differs between the transports. */
export interface Doorbell {
  /** The device has new requests in the queue of this number. */
  notify(queue: number): void;
  /**
   * Sleeps until one of the queues has a used index that differs from what was seen.
   * @param deadline in nanoseconds, by the monotonic clock; none if absent
   * @returns false where the deadline came first, or where nothing is in flight that could be awaited
   */
  wait(queues: readonly WaitedQueue[], deadline?: bigint): boolean;
  /** What was sent on the channel is to be heard now, though the tender may watch the queues. */
  hail(): void;
}
