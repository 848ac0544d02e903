// What an app imports, whatever target it is built for.
export { concatBytes, FormatError, type FormatErrorCode, oidToHex, parseOid } from '#format';
export type { App, Host } from './app.ts';
export {
  type Entry,
  type FileSystem,
  FsError,
  type FsErrorCode,
  type Kind,
  type MountOptions,
  mount,
  type Path,
  READERS,
  type Reader,
} from './fs/index.ts';
export {
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  type ImageArguments,
  openImage,
  writeFile,
} from './open-image.ts';
export { parseOptions, UsageError } from './options.ts';
export { EXIT } from './run-app.ts';
