import type { AwaitedLines } from '../../fetcher/awaited-lines.ts';
import type { Device } from '../../virtio/device.ts';

/** What a front end needs of a device; it answers at once. */
export interface BackEndDevice
  extends Pick<Device, 'features' | 'config' | 'queues' | 'serve' | 'rehearse'> {
  /** Where what it reads comes later: `serve` is then a call of these, and made again until it has all. */
  readonly awaited?: AwaitedLines;
}
