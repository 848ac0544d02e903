import { FormatError, keyOf, type Oid, prefixBelow, ROOT_PREFIX } from '#format';
import { TreeListing } from './tree-listing.ts';

/** A directory whose entries have been visited, and whose subdirectories are still to be. */
interface Frame {
  readonly prefix: Uint8Array;
  readonly listing: TreeListing;
  /** The next of the listing's directories. */
  next: number;
}

/** What a walk needs, and what bounds it. */
export interface WalkOptions {
  /** The content of a tree, borrowed. */
  readonly readTree: (oid: Oid) => Uint8Array;
  readonly maxTreeDepth: number;
  /** Bytes of the trees within each other that are open at once. */
  readonly maxOpenSize: number;
  /** Called before each directory with the paths so far; throws to end the walk. */
  readonly checkCount: (paths: number) => void;
}

/**
 * Visits every path below the tree `root` in the order of the keys of a path index, each with its
 * kind (its number in KINDS) and the id of its object, which are borrowed for the call. A tree that
 * stands at several paths is visited at each.
 * @throws FormatError BAD_TREE, LIMIT (depth, bytes), and what the options' functions throw
 */
export function walkPaths(
  root: Oid,
  { readTree, maxTreeDepth, maxOpenSize, checkCount }: WalkOptions,
  visit: (key: Uint8Array, kind: number, oid: Oid) => void,
): void {
  let paths = 0;
  let openSize = 0;
  const enter = (oid: Oid, prefix: Uint8Array): Frame => {
    checkCount(paths);
    const content = readTree(oid);
    openSize += content.length;
    if (openSize > maxOpenSize) {
      throw new FormatError('LIMIT', `nested folders of more than ${maxOpenSize} bytes`);
    }
    const listing = new TreeListing(content);
    for (let i = 0; i < listing.count; i++) {
      visit(keyOf(prefix, listing.nameOf(i)), listing.kindOf(i), listing.oidOf(i));
    }
    paths += listing.count;
    return { prefix, listing, next: 0 };
  };

  const frames = [enter(root, ROOT_PREFIX)];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const { listing, prefix } = frame;
    const directory = listing.directories[frame.next++];
    if (directory === undefined) {
      openSize -= listing.bytes.length;
      frames.pop();
      continue;
    }
    if (frames.length > maxTreeDepth) {
      throw new FormatError('LIMIT', `folders deeper than ${maxTreeDepth}`);
    }
    frames.push(enter(listing.oidOf(directory), prefixBelow(prefix, listing.nameOf(directory))));
  }
}
