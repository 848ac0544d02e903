import { byteLength, copyTo } from '../../../base/buffers.ts';
import { HostError, TenderError } from '../../../base/errors.ts';
import type { BlockDevice } from '../../block-device.ts';
import { cacheReads } from '../../filters/cached.ts';
import { checkCapacity, checkSectorSize, DEFAULT_SECTOR_SIZE } from '../../open-block-device.ts';
import { refuseOthers } from '../../other-formats.ts';
import { parseAddress } from './address.ts';
import { HttpClient } from './http-client.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { createGatherer } from './range-gatherer.ts';

async function open(
  client: HttpClient,
  shown: string,
  sectorSize: number,
  limits: HttpLimits,
): Promise<BlockDevice> {
  // The first request tells the size too: signed addresses are for one method, and know no HEAD.
  const head = await client.read({ start: 0, end: limits.line });
  const size = client.size ?? 0;
  refuseOthers(shown, head);
  const capacity = checkCapacity(shown, size, sectorSize);
  const read = createGatherer((range) => client.read(range), limits);
  let isOpen = true;
  const remote: BlockDevice = {
    sectorSize,
    capacity,
    read(offset, into) {
      if (offset + byteLength(into) > head.length) return read(offset, into);
      copyTo(into, head.subarray(offset));
      return undefined;
    },
    close: () => client.close(),
  };
  const line = Math.max(limits.line, sectorSize);
  const cached = cacheReads(remote, { bytes: limits.cache, lineBytes: line });
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

/**
 * Opens an image on a web server as a read-only block device; only what is read of it travels. The version that
 * the first answer names is the only one that is ever read: a change is a {@link HostError}.
 * @param address https: or http:, with the login, if any
 * @param sectorSize bytes, as of any block device
 * @param limits what is not given is {@link HTTP_LIMITS}'
 * @throws {TenderError} (rejects) where the server cannot be reached, or does not what is needed
 */
export async function openHttpDevice(
  address: string,
  sectorSize = DEFAULT_SECTOR_SIZE,
  limits: Partial<HttpLimits> = {},
): Promise<BlockDevice> {
  checkSectorSize(sectorSize);
  const all = { ...HTTP_LIMITS, ...limits };
  let client: HttpClient | undefined;
  try {
    const place = parseAddress(address);
    client = new HttpClient(place, all);
    return await open(client, place.shown, sectorSize, all);
  } catch (error) {
    client?.close();
    if (error instanceof HostError)
      throw new TenderError(error.message, undefined, { cause: error });
    throw error;
  }
}
