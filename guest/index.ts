// What an app imports, whatever target it is built for.
export { concatBytes, FormatError, type FormatErrorCode, oidToHex, parseOid } from '#format';
export type { App, Host } from './app/app.ts';
export {
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  type ImageArguments,
  openImage,
  writeFile,
  writeOpenFile,
} from './app/open-image.ts';
export { parseOptions, UsageError } from './app/options.ts';
export { EXIT } from './app/run-app.ts';
export {
  type Entry,
  type FileHandle,
  type FileSystem,
  FsError,
  type FsErrorCode,
  type Kind,
  type ListedNode,
  type MountOptions,
  mount,
  type NodeTree,
  type Path,
  READERS,
  type Reader,
  type Stats,
  type TreeNode,
  type WalkEntry,
} from './reader/index.ts';
