import type { Later } from '../../block/block-device.ts';
import type { CheckedDevice } from '../../block/filters/checked.ts';

/**
 * Fills `into` with the bytes from `offset` on, which need not be whole sectors: those are read beside it,
 * and copied. @throws what {@link CheckedDevice} throws
 */
export function readBytes(device: CheckedDevice, offset: number, into: Uint8Array): Later {
  const { sectorSize } = device;
  const end = offset + into.length;
  if (offset % sectorSize === 0 && end % sectorSize === 0) return device.read(offset, [into]);
  const first = Math.floor(offset / sectorSize) * sectorSize;
  const sectors = Buffer.allocUnsafe(Math.ceil(end / sectorSize) * sectorSize - first);
  const copy = () => into.set(sectors.subarray(offset - first, end - first));
  const later = device.read(first, [sectors]);
  if (later === undefined) return copy();
  return Promise.resolve(later).then(copy);
}
