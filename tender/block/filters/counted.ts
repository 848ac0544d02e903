import { byteLength } from '../../base/buffers.ts';
import type { BlockDevice } from '../block-device.ts';
import { forwardTo } from './forward.ts';

/** What was read from a device so far. */
export interface ReadCount {
  requests: number;
  bytes: number;
}

/**
 * The same device; reads that are asked of it are added to `count`. Reads through its descriptor are not.
 */
export function countReads(device: BlockDevice, count: ReadCount): BlockDevice {
  return {
    ...forwardTo(device),
    get fd() {
      return device.fd;
    },
    read(offset, into) {
      count.requests += 1;
      count.bytes += byteLength(into);
      return device.read(offset, into);
    },
  };
}
