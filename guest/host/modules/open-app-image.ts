import type { MountOptions } from '../../reader/index.ts';
import { type OpenedImage, openImageFile } from '../open-image-file.ts';

/**
 * Most files of an app are read once. V8 counts the cache as memory that a collection might free: the default size
 * costs a full collection at the start of many apps, which takes longer than all that is read again. In bytes.
 */
const CACHE_BYTES = 4 * 2 ** 20;

/** Opens an image as `openImageFile` does, for a program that is loaded out of it. */
export function openAppImage(path: string, options: MountOptions = {}): OpenedImage {
  return openImageFile(path, { cacheBytes: CACHE_BYTES, ...options });
}
