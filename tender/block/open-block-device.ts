import { TenderError } from '../errors.ts';
import type { BlockDevice } from './block-device.ts';
import { createFileDevice } from './file-device.ts';
import { openImage } from './open-image.ts';

/**
 * Opens an image as a block device, for programs that use the library.
 * @param sectorSize bytes, a power of two from 512 to 32,768, of which the image's size is a multiple
 * @throws {TenderError}
 */
export function openBlockDevice(path: string, sectorSize = 512, writable = false): BlockDevice {
  const image = openImage(path, writable);
  const device = createFileDevice({
    ...image,
    sectorSize,
    capacity: image.size / sectorSize,
    writable,
  });
  if (image.size > 0 && image.size % sectorSize === 0) return device;
  device.close();
  throw new TenderError(
    `${path}: Backing storage size must be block aligned (${sectorSize} bytes)`,
  );
}
