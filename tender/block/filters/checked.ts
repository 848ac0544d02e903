import { byteLength } from '../../base/buffers.ts';
import { type BlockDevice, RequestError } from '../block-device.ts';
import { forwardTo } from './forward.ts';

declare const CHECKED: unique symbol;

/** A device that any number may be given to: see {@link checkDevice}. */
export type CheckedDevice = BlockDevice & { readonly [CHECKED]: true };

/**
 * The same device for callers that are not trusted: a request that is not for one or more whole sectors inside
 * the device is refused with a {@link RequestError}, and never reaches it.
 */
export function checkDevice(device: BlockDevice): CheckedDevice {
  const { sectorSize, capacity } = device;
  const end = capacity * sectorSize;

  function check(offset: number, buffers: readonly Uint8Array[]): void {
    const length = byteLength(buffers);
    // Written so that NaN, Infinity and numbers below zero are refused, whatever is asked of them:
    // a negative offset means "wherever the descriptor stands" to the kernel.
    const sound =
      Number.isSafeInteger(offset) &&
      offset >= 0 &&
      offset % sectorSize === 0 &&
      length > 0 &&
      length % sectorSize === 0 &&
      offset <= end - length;
    if (!sound) {
      throw new RequestError(
        `${length} bytes at ${offset} are not sectors of a device of ${end} bytes`,
      );
    }
  }

  const checked: BlockDevice = {
    ...forwardTo(device),
    get fd() {
      return device.fd;
    },
    read(offset, into) {
      check(offset, into);
      return device.read(offset, into);
    },
  };
  if (device.write !== undefined) {
    checked.write = (offset, from) => {
      check(offset, from);
      return device.write?.(offset, from);
    };
  }
  return checked as CheckedDevice;
}
