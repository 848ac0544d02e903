export { FormatError, type FormatErrorCode, oidToHex, parseOid } from '#format';
export {
  type Entry,
  type FileSystem,
  FsError,
  type FsErrorCode,
  type Kind,
  OptionError,
  type Path,
  type Stats,
} from '#reader';
export type { AsyncFileSystem, VisitedEntry } from './async-file-system.ts';
export type { ByteRanges, Connection, ImageCache } from './byte-ranges.ts';
export {
  type OpenedRemoteImage,
  type OpenOptions,
  type OpenUrlOptions,
  openImageBlob,
  openImageUrl,
} from './open-image.ts';
export { RemoteError, type RemoteErrorCode } from './remote-error.ts';
