export { LineCache, type LineDevice, type LineRead } from './cache/line-cache.ts';
export { MissingBytes, whenAtHand } from './cache/missing-bytes.ts';
export type { Entry, Kind, Path } from './fs/entry.ts';
export { FsError, type FsErrorCode } from './fs/errors.ts';
export type { FileHandle, FileSystem, Stats } from './fs/file-system.ts';
export { ImageFileSystem } from './fs/image-file-system.ts';
export type { ListedNode, NodeTree, TreeNode } from './fs/node-tree.ts';
export type { WalkEntry } from './fs/walk.ts';
export { idStartInFolder, isNone, kindInFolder, mappedName } from './modules/folder-names.ts';
export {
  decodeModuleMap,
  MAX_MODULE_MAP_BYTES,
  MODULE_MAP_NAME,
  type ModuleMap,
  type RootEntry,
} from './modules/module-map.ts';
export { ModuleMapBuilder } from './modules/module-map-builder.ts';
export { MAX_PACKAGE_BYTES, type PackageFields, packageFields } from './modules/package-fields.ts';
export { mount, mountAtOnce } from './mount/mount.ts';
export {
  checkMountOptions,
  type MountOptions,
  OptionError,
  READERS,
  type Reader,
} from './mount/mount-options.ts';
export { ObjectReader } from './pack/index.ts';
