import { HostError, TenderError } from '../../base/errors.ts';
import type { BlockDevice } from '../block-device.ts';
import { checkSectorSize, DEFAULT_SECTOR_SIZE, openBlockDevice } from '../open-block-device.ts';
import { HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import { type HttpOptions, openHttpSource } from './http/open-http-source.ts';
import { parseImageAddress, type RemoteAddress } from './image-address.ts';
import { openNbdSource } from './nbd/open-nbd-source.ts';
import { openQemuSource } from './qemu/open-qemu-source.ts';
import { createRemoteDevice } from './remote-device.ts';
import type { RemoteSource } from './remote-source.ts';

/** How images elsewhere are read. */
export interface RemoteOptions extends HttpOptions {
  /** What is not given is {@link HTTP_LIMITS}'. */
  readonly limits?: Partial<HttpLimits> | undefined;
}

const OPENERS: Readonly<
  Record<
    RemoteAddress['kind'],
    (text: string, limits: HttpLimits, options: RemoteOptions) => Promise<RemoteSource>
  >
> = { http: openHttpSource, nbd: openNbdSource, qemu: openQemuSource };

/**
 * Opens an image that is not a file of this machine.
 * @throws {TenderError} (rejects) where it cannot be reached, or whoever has it does not what is needed
 */
export async function openRemoteSource(
  { kind, text }: RemoteAddress,
  options: RemoteOptions = {},
): Promise<RemoteSource> {
  try {
    return await OPENERS[kind](text, { ...HTTP_LIMITS, ...options.limits }, options);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new TenderError(error.message, undefined, { cause: error });
  }
}

/**
 * Opens an image, wherever it is, as a read-only block device; of one elsewhere only what is read travels.
 * @param address a path, or `https:`, `http:`, `nbd:`, `nbds:`, `nbd+unix:`, `nbds+unix:`, `file:` or `qemu:`
 * @param sectorSize bytes, a power of two from 512 to 32,768, of which the image's size is a multiple
 * @throws {TenderError} (rejects) where it cannot be reached, is not whole sectors, or whoever has it does not
 * what is needed; its reads reject with a {@link HostError} where the image changes
 */
export async function openImageDevice(
  address: string,
  sectorSize = DEFAULT_SECTOR_SIZE,
  options: RemoteOptions = {},
): Promise<BlockDevice> {
  const place = parseImageAddress(address);
  if (place.kind === 'file') return openBlockDevice(place.path, sectorSize);
  checkSectorSize(sectorSize);
  const source = await openRemoteSource(place, options);
  try {
    return createRemoteDevice(source, sectorSize, { ...HTTP_LIMITS, ...options.limits });
  } catch (error) {
    source.close();
    throw error;
  }
}
