import { HostError } from '../../base/errors.ts';
import type { BlockDevice } from '../block-device.ts';
import { cacheReads } from '../filters/cached.ts';
import { checkCapacity } from '../open-block-device.ts';
import type { RemoteLimits } from './limits.ts';
import { createGatherer } from './range-gatherer.ts';
import type { RemoteSource } from './remote-source.ts';

/**
 * A read-only block device of an image elsewhere: lines that were read last stay in memory, and what is asked
 * for together travels together.
 * @param source the device's to close from then on
 * @throws {TenderError} unless the image is whole sectors: `source` is the caller's still
 */
export function createRemoteDevice(
  source: RemoteSource,
  sectorSize: number,
  limits: RemoteLimits,
): BlockDevice {
  const { shown } = source;
  const capacity = checkCapacity(shown, source.size, sectorSize);
  const remote: BlockDevice = {
    sectorSize,
    capacity,
    read: createGatherer((range) => source.read(range), limits),
    close: () => source.close(),
  };
  const line = Math.max(limits.line, sectorSize);
  const cached = cacheReads(remote, { bytes: limits.cache, lineBytes: line });
  let isOpen = true;
  return {
    ...cached,
    read(offset, into) {
      if (isOpen) return cached.read(offset, into);
      throw new HostError(`${shown}: the device is closed; it serves one guest only`);
    },
    close() {
      isOpen = false;
      cached.close();
    },
  };
}
