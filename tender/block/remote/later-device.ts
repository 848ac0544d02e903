import { HostError } from '../../base/errors.ts';
import type { BlockDevice } from '../block-device.ts';

/**
 * A device that is being opened: reads wait for it.
 * @param opening a device of these sectors; it is closed with this one
 * @param capacity in sectors
 */
export function createLaterDevice(
  opening: Promise<BlockDevice>,
  sectorSize: number,
  capacity: number,
): BlockDevice {
  let opened: BlockDevice | undefined;
  const ready = opening.then(
    (device) => {
      if (device.capacity !== capacity) {
        device.close();
        throw new HostError(`the image had ${capacity} sectors, and has ${device.capacity} now`);
      }
      opened = device;
      return device;
    },
    (error) => {
      throw new HostError((error as Error).message, { cause: error });
    },
  );
  // Whoever reads is told.
  ready.catch(() => {});
  return {
    sectorSize,
    capacity,
    read: (offset, into) =>
      opened === undefined
        ? ready.then((device) => device.read(offset, into))
        : opened.read(offset, into),
    close: () => void ready.then((device) => device.close()).catch(() => {}),
  };
}
