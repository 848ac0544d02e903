import type { BlockDevice } from '../block-device.ts';

/** A device that hands every call on to another: filters replace the calls that they change. */
export function forwardTo(device: BlockDevice): BlockDevice {
  const { sectorSize, capacity } = device;
  return {
    sectorSize,
    capacity,
    read: (offset, into) => device.read(offset, into),
    ...(device.write && { write: (offset, from) => device.write?.(offset, from) }),
    ...(device.flush && { flush: () => device.flush?.() }),
    ...(device.lock && { lock: (libc) => device.lock?.(libc) }),
    close: () => device.close(),
  };
}
