import type { MountOptions } from '#reader';
import { TenderError } from '../../tender/base/errors.ts';
import { parseImageAddress } from '../../tender/block/remote/image-address.ts';
import { startFetcher } from '../../tender/fetcher/start-fetcher.ts';
import type { Libc } from '../../tender/native/libc.ts';
import { ToolError } from '../base/errors.ts';
import type { ImageToMount } from '../mount/mount-image.ts';
import { type ImagePlace, openImage } from '../open/open-image.ts';

/**
 * Opens an image that is elsewhere, by a process that fetches it from then on and ends with this one, whatever
 * program this one becomes.
 * @returns with its size in bytes
 * @throws ToolError UNAVAILABLE (rejects), FormatError
 */
export async function openToMount(
  libc: Libc,
  koffi: readonly string[],
  place: ImagePlace,
  options: MountOptions,
): Promise<ImageToMount & { readonly size: number }> {
  const address = parseImageAddress(place.address);
  if (address.kind === 'file') throw new Error('a file needs nobody who fetches it');
  // What is wrong with the image is better said before there is a mount.
  openImage(place, options).close();
  try {
    const about = { koffi, address, options: place.remote ?? {} };
    const { shown: name, fd, size } = await startFetcher(libc, about);
    return { name, fd, size };
  } catch (error) {
    if (!(error instanceof TenderError)) throw error;
    throw new ToolError('UNAVAILABLE', error.message, error);
  }
}
