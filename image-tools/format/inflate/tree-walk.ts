import type { PackOffset } from '../base/offsets.ts';
import type { Oid } from '../git/oid.ts';

/** What a {@link TreeWalk} cannot do by itself. */
export interface WalkHost {
  /** The content of a tree, borrowed until the next call. @throws FormatError whatever is wrong with it */
  readTree(packOffset: PackOffset): Uint8Array;
}

/** All trees below one. Directories are known by number, the first one is the root. */
export interface WalkedTrees {
  /** The trees, one after the other; over the first four bytes of each directory's id stands its number. */
  readonly bytes: Uint8Array;
  /** By directory: its id, and where its tree begins and ends in `bytes`. */
  readonly oids: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Reads every tree below one. */
export interface TreeWalk {
  /**
   * Reads the tree `root` and all below it once, level by level and each level in the order of the PACK. What
   * it gives is in new memory. To be called once.
   * @throws FormatError where anything is wrong; which of several faults it names first depends on the deltas
   */
  walk(root: Oid, host: WalkHost): WalkedTrees;
}
