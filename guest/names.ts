// What apps and Node programs both take from the reader and from the format.
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
  type Path,
  READERS,
  type Reader,
  type Stats,
  type TreeNode,
  type WalkEntry,
} from './reader/index.ts';
