import type { Entry, Kind, Path, Stats } from '#reader';

/** An entry that a walk visits; its size takes a `stat`. */
export interface VisitedEntry extends Entry {
  readonly path: string;
  /** Belongs to the caller, as `nameBytes` does. */
  readonly pathBytes: Uint8Array;
}

/**
 * A read-only file system whose bytes come later. Its calls do what those of `FileSystem` do, and reject as those
 * throw: with an FsError, a FormatError, and a RemoteError where bytes cannot be had. Any number may be under way
 * side by side. What they give belongs to the caller.
 */
export interface AsyncFileSystem {
  /** What stands at `path`, links followed; undefined if nothing does. */
  exists(path: Path): Promise<Kind | undefined>;
  /** All about what stands at `path`, links followed. */
  stat(path: Path): Promise<Stats>;
  /** The same, of a link itself where it is one. */
  lstat(path: Path): Promise<Stats>;
  /** The entries of a directory, in the order of the bytes of their names. */
  list(path: Path): Promise<Entry[]>;
  /** The whole content of a file. */
  get(path: Path): Promise<Uint8Array>;
  /** At most `length` bytes from `offset` (bytes); fewer, or none, past the file's end. */
  getPartial(path: Path, offset: number, length: number): Promise<Uint8Array>;
  /** What a symbolic link says, as it is written. */
  readLink(path: Path): Promise<Uint8Array>;
  /** The path from the root, without links, of what stands at `path`: text for text, bytes for bytes. */
  realPath<P extends Path>(path: P): Promise<P>;
  /** The 20 bytes of the object's id. */
  digest(path: Path): Promise<Uint8Array>;
  /**
   * Everything below a directory (the root if absent), a directory before what it holds, names in the order
   * of their bytes; links are given, not followed.
   */
  walk(path?: Path): AsyncIterableIterator<VisitedEntry>;
}
