export { FsError, type FsErrorCode } from './errors.ts';
export type { Entry, FileSystem, Kind, Path } from './file-system.ts';
export { mount } from './mount.ts';
export { type MountOptions, READERS, type Reader } from './mount-options.ts';
