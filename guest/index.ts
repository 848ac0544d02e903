// What an app imports, whatever target it is built for.
export { concatBytes, FormatError, type FormatErrorCode, oidToHex, parseOid } from '#format';
export type { App, Host } from './app/app.ts';
export {
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  type ImageArguments,
  openImage,
  writeFile,
} from './app/open-image.ts';
export { parseOptions, UsageError } from './app/options.ts';
export { EXIT } from './app/run-app.ts';
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
} from './reader/index.ts';
