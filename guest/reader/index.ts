export { FsError, type FsErrorCode } from './fs/errors.ts';
export type { Entry, FileHandle, FileSystem, Kind, Path } from './fs/file-system.ts';
export type { ListedNode, NodeTree, TreeNode } from './fs/node-tree.ts';
export { mount } from './mount/mount.ts';
export { type MountOptions, READERS, type Reader } from './mount/mount-options.ts';
