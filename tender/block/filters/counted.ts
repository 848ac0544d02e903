import type { BlockDevice } from '../block-device.ts';

/** What was read from a device so far. */
export interface ReadCount {
  requests: number;
  bytes: number;
}

/** The same device; what is read from it is added to `count`. */
export function countReads(device: BlockDevice, count: ReadCount): BlockDevice {
  const counted: BlockDevice = Object.create(device);
  counted.read = (offset, into) => {
    count.requests += 1;
    for (const { length } of into) count.bytes += length;
    device.read(offset, into);
  };
  return counted;
}
