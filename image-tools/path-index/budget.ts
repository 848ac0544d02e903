import { FormatError, type Limits } from '#format';

/**
 * A few trees within each other can make more paths than anybody can store. Folders with copies in them must be
 * indexed all the same: so many paths are allowed, and so many more for each entry of a distinct tree.
 */
const FREE_PATHS = 2 ** 18;
const PATHS_PER_ENTRY = 32;
/** An entry of a tree takes about so many bytes. */
const TREE_ENTRY_SIZE = 40;

/** Bytes of index for each byte of the PACK; a million files of one content take ten. */
const INDEX_PER_BYTE = 16;
/** Bytes of paths for each byte of the PACK: copied and compared, though front coding stores few. */
const PATHS_PER_BYTE = 256;

/** What a path index may cost, in paths and in bytes, before it is refused. */
export class PathIndexBudget {
  readonly #maxIndexSize: number;
  readonly #maxPathsSize: number;
  #treeBytes = 0;
  #indexSize = 0;
  #pathsSize = 0;

  /** @param packSize size of the PACK in bytes */
  constructor(packSize: number, { maxIndexSize, maxPathsSize }: Limits) {
    this.#maxIndexSize = Math.max(maxIndexSize, INDEX_PER_BYTE * packSize);
    this.#maxPathsSize = Math.max(maxPathsSize, PATHS_PER_BYTE * packSize);
  }

  /** Counts a tree that was not met before. */
  addTree(size: number): void {
    this.#treeBytes += size;
  }

  /** @throws FormatError LIMIT for more paths than the trees can mean */
  checkCount(paths: number): void {
    const most = FREE_PATHS + (PATHS_PER_ENTRY * this.#treeBytes) / TREE_ENTRY_SIZE;
    if (paths > most) {
      throw new FormatError('LIMIT', `more than ${paths} paths, out of a few folders`);
    }
  }

  /** Counts one path of `size` bytes. @throws FormatError LIMIT */
  addPath(size: number): void {
    this.#pathsSize += size;
    if (this.#pathsSize > this.#maxPathsSize) {
      throw new FormatError('LIMIT', `paths of more than ${this.#maxPathsSize} bytes together`);
    }
  }

  /** Counts a block of the index that is about to be written. @throws FormatError LIMIT */
  addBlock(size: number): void {
    this.#indexSize += size;
    if (this.#indexSize > this.#maxIndexSize) {
      throw new FormatError('LIMIT', `a path index of more than ${this.#maxIndexSize} bytes`);
    }
  }
}
