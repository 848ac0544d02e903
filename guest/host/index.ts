export * from '../names.ts';
export { OptionError } from '../reader/index.ts';
export { DiskError, type DiskErrorCode } from './file-disk.ts';
export { type OpenedImage, openImageFile } from './open-image-file.ts';
