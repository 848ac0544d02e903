export type { Entry, Kind, Path } from './fs/entry.ts';
export { FsError, type FsErrorCode } from './fs/errors.ts';
export type { FileHandle, FileSystem } from './fs/file-system.ts';
export type { ListedNode, NodeTree, TreeNode } from './fs/node-tree.ts';
export { mount } from './mount/mount.ts';
export { type MountOptions, READERS, type Reader } from './mount/mount-options.ts';
export { ObjectReader } from './pack/index.ts';
