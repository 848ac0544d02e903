export type { ByteRanges, Connection, ImageCache } from '../byte-ranges.ts';
export { RemoteError, type RemoteErrorCode } from '../remote-error.ts';
export { type BrowserImageCache, type ImageCacheOptions, imageCache } from './image-cache.ts';
export { removeSavedImage, type SaveOptions, savedImage, saveImage } from './saved-images.ts';
