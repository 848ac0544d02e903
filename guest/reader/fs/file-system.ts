import type { Entry, Kind, Path } from './entry.ts';
import type { NodeTree } from './node-tree.ts';
import type { WalkEntry } from './walk.ts';

/**
 * A file that was looked up once and can be read repeatedly. It holds no part of the image; after `close`, reads
 * fail. `mode` is that of Git, and of stat: octal 100644 or 100755.
 */
export interface FileHandle {
  readonly kind: 'file' | 'executable';
  readonly mode: number;
  /** In bytes; found when it is first asked for, where the image has no path index. */
  readonly size: number;
  /** The 20 bytes of the blob's id, for the caller to keep. */
  readonly id: Uint8Array;
  /**
   * At most `length` bytes from `offset`, to the end of the file if absent; fewer, or none, past its end; all
   * of it without `offset`. The buffer belongs to the caller. Throws RangeError for what is no byte count.
   */
  read(offset?: number, length?: number): Uint8Array;
  /** The same, borrowed: not to be written into, and valid until the next call. */
  view(offset?: number, length?: number): Uint8Array;
  /** To read from now on is a TypeError; to close it again does nothing. */
  close(): void;
}

/** What a path refers to. */
export interface Stats {
  readonly kind: Kind;
  /** Git's, and stat's: octal 100644, 100755, 040000, 120000, 160000. */
  readonly mode: number;
  /** Bytes of a file, or of a link's target; 0 for directories and submodules. */
  readonly size: number;
  /** The 20 bytes of the object's id, for the caller to keep. */
  readonly id: Uint8Array;
  /** Seconds since 1970 of the commit that the image holds. */
  readonly lastModified: number;
}

/**
 * A read-only file system, the contract of every reader (after mirage-kv's read-only one).
 * All calls are synchronous, as Solo5's block reads are. They throw {@link FsError} if the path is at fault, and
 * FormatError if the image is.
 *
 * Every call but `readLink` and `lstat` follows symbolic links, at most 40 a look-up (TOO_MANY_LINKS), inside
 * the image only: an absolute target counts from the image's root, and `..` in a target stops there.
 */
export interface FileSystem {
  /** The same files without paths, for mounts, servers and whoever walks them all. */
  readonly nodes: NodeTree;
  /**
   * What stands at `path`, links followed; undefined if nothing does, be it that a directory on
   * the way is missing or no directory, or that links go round in circles. Throws INVALID_PATH only.
   */
  exists(path: Path): Kind | undefined;
  /** All about what stands at `path`, by one look-up. */
  stat(path: Path): Stats;
  /** The same, of a link itself where it is one. */
  lstat(path: Path): Stats;
  /**
   * The path from the root, without links, of what stands at `path`: text for text, bytes for bytes.
   * INVALID_PATH where text is asked for and some name is not UTF-8.
   */
  realPath<P extends Path>(path: P): P;
  /**
   * Everything below a directory (the root if absent), a directory before what it holds, names in the order
   * of their bytes; links are given, not followed.
   */
  walk(path?: Path): Iterable<WalkEntry>;
  /** Opens a file: one look-up for its kind, size, id and all that is read of it. */
  open(path: Path): FileHandle;
  /** The whole content of a file; the buffer belongs to the caller. */
  get(path: Path): Uint8Array;
  /**
   * The whole content of a file, borrowed: not to be written into, and valid until the next call.
   * Where the reader has it in its cache, this costs neither memory nor a copy.
   */
  view(path: Path): Uint8Array;
  /**
   * At most `length` bytes from `offset` (bytes); shorter, or empty, past the file's end. The buffer
   * belongs to the caller. Reading a file piece by piece in order costs as much as reading it once.
   */
  getPartial(path: Path, offset: number, length: number): Uint8Array;
  /** The entries of a directory, in the order of the bytes of their names. */
  list(path: Path): Entry[];
  /** What a symbolic link says, as it is written; NOT_A_LINK for anything else. */
  readLink(path: Path): Uint8Array;
  /**
   * The 20 bytes of the object's id: a blob's for a file, a tree's for a directory, the foreign
   * commit's for a submodule. The buffer belongs to the caller.
   */
  digest(path: Path): Uint8Array;
  /** A file's size in bytes; NOT_A_FILE for a directory or submodule. */
  size(path: Path): number;
  /** Seconds since 1970 of the commit that the image holds. */
  lastModified(path: Path): number;
}
