import { closeSync } from 'node:fs';
import { TenderError } from '../base/errors.ts';
import type { BlockDevice } from './block-device.ts';
import { createFileDevice } from './file-device.ts';
import { type OpenImage, openImage } from './open-image.ts';

/** Bytes of a sector where nobody says otherwise: the least that there are. */
export const DEFAULT_SECTOR_SIZE = 512;
const MAX_SECTOR_SIZE = 32_768;

/** Gives `size` back if sectors may have it; `shown` is how the user wrote it. @throws {TenderError} */
export function checkSectorSize(size: number, shown = String(size)): number {
  const isPowerOfTwo = Number.isInteger(Math.log2(size));
  if (isPowerOfTwo && size >= DEFAULT_SECTOR_SIZE && size <= MAX_SECTOR_SIZE) return size;
  throw new TenderError(
    // It begins with Solo5's own words, which scripts may look for.
    `Block size must be a multiple of 2 greater than or equal ${DEFAULT_SECTOR_SIZE}, ` +
      `a power of two up to ${MAX_SECTOR_SIZE}, not '${shown}'`,
  );
}

/**
 * How many sectors an image of `size` bytes has.
 * @param name what messages call it
 * @throws {TenderError} unless it is whole sectors, one at least
 */
export function checkCapacity(name: string, size: number, sectorSize: number): number {
  if (size % sectorSize !== 0) {
    throw new TenderError(
      `${name}: Backing storage size must be block aligned (${sectorSize} bytes)`,
    );
  }
  if (size === 0) {
    throw new TenderError(
      `${name}: Backing storage must be at least 1 block (${sectorSize} bytes) in size`,
    );
  }
  return size / sectorSize;
}

/**
 * The block device of an open image, which is the device's to close from then on.
 * @param name what messages call it
 * @param sectorSize see {@link checkSectorSize}
 * @throws {TenderError} unless the image is whole sectors, one at least: it is the caller's still
 */
export function deviceOfImage(
  name: string,
  image: OpenImage,
  sectorSize: number,
  writable: boolean,
): BlockDevice {
  const capacity = checkCapacity(name, image.size, sectorSize);
  return createFileDevice({ ...image, sectorSize, capacity, writable });
}

/**
 * Opens an image as a block device, for programs that use the library.
 * @param sectorSize bytes, a power of two from 512 to 32,768, of which the image's size is a multiple
 * @throws {TenderError}
 */
export function openBlockDevice(
  path: string,
  sectorSize = DEFAULT_SECTOR_SIZE,
  writable = false,
): BlockDevice {
  checkSectorSize(sectorSize);
  const image = openImage(path, writable);
  try {
    return deviceOfImage(path, image, sectorSize, writable);
  } catch (error) {
    closeSync(image.fd);
    throw error;
  }
}
