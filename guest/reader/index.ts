export { FsError, type FsErrorCode } from './fs/errors.ts';
export type { Entry, FileSystem, Kind, Path } from './fs/file-system.ts';
export { mount } from './mount/mount.ts';
export { type MountOptions, READERS, type Reader } from './mount/mount-options.ts';
