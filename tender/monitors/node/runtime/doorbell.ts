/** How the guest's queues reach the devices: what differs between the transports. */
export interface Doorbell {
  /** The device has new requests. */
  notify(device: number): void;
  /** Sleeps until the used index of the device's queue differs from `seen`. */
  wait(device: number, seen: number): void;
  /** What was sent on the channel is to be heard now, though the tender may watch the queues. */
  hail(): void;
}
