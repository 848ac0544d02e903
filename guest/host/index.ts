export { FormatError, type FormatErrorCode, oidToHex, parseOid } from '#format';
export {
  type Entry,
  type FileHandle,
  type FileSystem,
  FsError,
  type FsErrorCode,
  type Kind,
  type ListedNode,
  type MountOptions,
  type NodeTree,
  OptionError,
  type Path,
  READERS,
  type Reader,
  type Stats,
  type TreeNode,
  type WalkEntry,
} from '../reader/index.ts';
export { DiskError, type DiskErrorCode } from './file-disk.ts';
export { type OpenedImage, openImageFile } from './open-image-file.ts';
