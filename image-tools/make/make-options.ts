import type { CommitDate } from '../base/rfc3339.ts';
import type { DiskFormat } from '../disk/disk-format.ts';
import type { Level } from '../pack/levels.ts';
import type { Author } from '../source/folder-commit.ts';
import type { ImageSizes } from './image-writer.ts';

/** The progress of the work: `done` of `total` (undefined while unknown). */
export interface Progress {
  readonly phase: 'reading' | 'fetching' | 'comparing' | 'packing';
  readonly unit: 'files' | 'objects' | 'bytes';
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes read so far, in the phase `reading`. */
  readonly bytes?: number;
}

/** What to make an image of, and how. */
export interface MakeOptions {
  /** A folder, a Git repository, a tar or a zip, by path or address; `-` for a tar on stdin. */
  readonly source: string;
  /** Path of the image; replaced as a whole, or left as it was. */
  readonly image: string;
  /** What the disk is wrapped in; `raw`, which the tender reads, if absent. */
  readonly format?: DiskFormat | undefined;
  /**
   * Of a repository, what to pack: a branch, a tag or a commit, of one on this machine any revision, and
   * `:FOLDER` behind it for a part; its HEAD if absent.
   */
  readonly ref?: string | undefined;
  /** Of a repository, the folder that becomes an image of its own; all if absent. */
  readonly subtree?: string | undefined;
  /** Of a repository, pack what Git LFS's pointers stand for, fetched by git-lfs: the commit is another then. */
  readonly lfs?: boolean | undefined;
  /** Of a repository, pack submodules too, each as a folder at its recorded commit: the commit is another then. */
  readonly submodules?: boolean | undefined;
  /** Date of a folder's commit; that of SOURCE_DATE_EPOCH, or now, if absent. */
  readonly date?: CommitDate | undefined;
  /** Author and committer of a folder's commit; "Dr. Greenthumb", as the original has it, if absent. */
  readonly author?: Author | undefined;
  /** Message of a folder's commit; none if absent. */
  readonly message?: string | undefined;
  /** The image is padded to multiples of this many bytes: a power of two; 512 if absent. */
  readonly blockSize?: number | undefined;
  /** Write what the original writes of a folder: every file 100644, links followed. */
  readonly compat?: boolean | undefined;
  /** Refuse what cannot be stored, instead of skipping it. */
  readonly strict?: boolean | undefined;
  /**
   * Keep the PACK that git sends of a repository, instead of packing its objects with the options below:
   * sooner done, larger, and other bytes each time, as git's threads and the server's own PACKs have it.
   */
  readonly keepPack?: boolean | undefined;
  /** How hard to look for a small PACK; `default` if absent. */
  readonly level?: Level | undefined;
  /** Earlier objects tried as the base of each object; the level's if absent. */
  readonly window?: number | undefined;
  /** Longest chain of deltas; the level's if absent. */
  readonly depth?: number | undefined;
  /**
   * Bytes that the image may grow by for each microsecond that reading one of its objects gets faster: 0 for the
   * smallest image, whatever reading costs; the level's if absent (3, and 1 of `best`).
   */
  readonly readCost?: number | undefined;
  /** Store every file whole, as a zlib stream of its own, and only folders as deltas: fastest to read. */
  readonly web?: boolean | undefined;
  /**
   * Of a folder, add `.docteur-modules` to the root: what Node needs to find modules in `node_modules`, so that an
   * app that runs out of the image finds them without a look into folders.
   */
  readonly moduleMap?: boolean | undefined;
  /**
   * Path of an older image: content that it has is copied as it is stored there, and only the rest is
   * searched and compressed. The new image is checked whole before it is put in its place.
   */
  readonly from?: string | undefined;
  /**
   * Take `from` for what it says it holds: what is copied is checked for damage only, which takes less time. If that
   * image was forged, so is the new one, and only verification tells.
   */
  readonly trustFrom?: boolean | undefined;
  /** Threads that pack; one for each core if absent. They change the speed, never the bytes. */
  readonly jobs?: number | undefined;
  /** Leave the path index out: readers then find their way through the trees. */
  readonly noIndex?: boolean | undefined;
  /** Seconds after which a Git server that is silent is given up: 300 if absent, 0 waits for ever. */
  readonly timeout?: number | undefined;
  /**
   * Seconds after which git is stopped, even while the server sends: 14,400 by default; 0 disables the limit.
   */
  readonly maxTime?: number | undefined;
  /** Bytes of the largest PACK that is taken from a Git server: 64 GiB if absent. */
  readonly maxPack?: number | undefined;
  /** Most bytes that an archive may unpack to: if absent, 4 GiB, or 200 times its own size. */
  readonly maxSize?: number | undefined;
  /** Globs of what to leave out of a folder or an archive. */
  readonly exclude?: readonly string[] | undefined;
  /** Told, in one line, of each thing that is skipped. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Gives the work up: what was begun is removed, the old image stays, and the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Paths of files, links and empty folders that differ between two images; bytes that are no UTF-8 are replaced. */
export interface Changes {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

/** What was made; sizes in bytes. */
export interface MakeResult {
  /** The id of the commit, and of its tree, in hexadecimal. */
  readonly commit: string;
  readonly root: string;
  /** Of a repository, the commit that was asked for: the same, unless a part of it was, or more than it. */
  readonly source?: string | undefined;
  /** Whether that repository's worktree holds changes or files that are not in the commit; undefined if unknown. */
  readonly uncommitted?: boolean | undefined;
  /** Of a repository, how many submodules were left out, and files stored as pointers of Git LFS. */
  readonly submodules?: number | undefined;
  readonly lfsPointers?: number | undefined;
  readonly files: number;
  readonly objects: number;
  /** How many of the objects are stored as deltas; undefined of a PACK that is kept as received. */
  readonly deltas: number | undefined;
  /** What differs from the older image that `from` names; absent where a few folders make more paths than can be listed. */
  readonly changes?: Changes | undefined;
  /** Bytes of all files. */
  readonly bytesIn: number;
  readonly sizes: ImageSizes;
  /** Bytes of the file that was written: the image's, unless it is wrapped in another format. */
  readonly bytesOut: number;
  readonly seconds: number;
}

/** The same, as far as it is known where the image is written. */
export type Made = Omit<MakeResult, 'bytesOut' | 'seconds'>;
