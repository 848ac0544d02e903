export { FsError, type FsErrorCode } from './errors.ts';
export type { Entry, FileSystem, Kind, Path } from './file-system.ts';
export { type MountOptions, mount, READERS, type Reader } from './mount.ts';
