import type { Entry, Kind, Path } from './entry.ts';

declare const brand: unique symbol;

/**
 * The root of an image, or what a directory in it names; opaque, and of use to the {@link NodeTree} that
 * gave it. Nothing has to be closed, but a node of a reader without path index keeps its directory in
 * memory: whoever keeps very many of them keeps their numbers instead.
 */
export interface TreeNode {
  readonly [brand]: never;
}

/** An entry of a directory. */
export interface ListedNode extends Entry {
  readonly node: TreeNode;
  /** As {@link NodeTree.size} gives it, which may cost a read where the image has no path index. */
  readonly size: number;
}

/**
 * An image by nodes instead of paths, for mounts, servers and tools. Names are bytes, no link is
 * followed but by `find`, and nothing leads upwards. Every reader answers the same.
 *
 * All calls throw FsError if the node has the wrong kind for the call, and FormatError if the image is bad.
 */
export interface NodeTree {
  readonly root: TreeNode;
  /** Seconds since 1970 of the commit that the image holds. */
  readonly lastModified: number;
  /**
   * What stands at a path: links on the way are followed as {@link Path} says, one at its end only if
   * `followLast` (the default).
   */
  find(path: Path, followLast?: boolean): TreeNode;
  /** The entry `name` of a directory; undefined if it has none. `.` and `..` are no entries. */
  child(directory: TreeNode, name: Uint8Array): TreeNode | undefined;
  /**
   * The entries of a directory in the order of the bytes of their names: all, or those above the name
   * `after`, which need not be there. Memory does not grow with the directory, but by what the layout of
   * the reader holds of it anyway.
   */
  list(directory: TreeNode, after?: Uint8Array): Iterable<ListedNode>;
  /** All entries of a directory at once: faster for whoever wants only names and kinds. */
  entries(directory: TreeNode): Entry[];
  /**
   * The paths of all that is below a directory, a directory before what it holds, in the order of the bytes of
   * names: many in each piece, which is borrowed until the next. A path is `shown`, what leads to it from the
   * directory on, and the byte `end`. A path index gives them faster than anybody could walk to them. Where a
   * step has thrown, there is no next one.
   */
  paths(directory: TreeNode, shown: Uint8Array, end: number): Iterable<Uint8Array>;
  kind(node: TreeNode): Kind;
  /** The name by which its directory knows it, for the caller to keep; empty for the root. */
  name(node: TreeNode): Uint8Array;
  /** Bytes of a file, or of a link's target; 0 for directories and submodules. */
  size(node: TreeNode): number;
  /** The 20 bytes of the object's id, for the caller to keep. */
  id(node: TreeNode): Uint8Array;
  /**
   * Where the object's entry begins in the PACK: who reads many files reads them faster
   * in this order. 0 for submodules. It may cost a read where the image has no path index.
   */
  place(node: TreeNode): number;
  /**
   * Where the only object stands whose id begins with these 32 bits; undefined if there is none, or more than one,
   * and for readers that check.
   */
  placeOf(idStart: number): number | undefined;
  /** What a symbolic link says, as it is written, for the caller to keep; NOT_A_LINK. */
  target(link: TreeNode): Uint8Array;
  /** At most `length` bytes of a file from `offset`, for the caller to keep; all of it if absent. */
  read(file: TreeNode, offset?: number, length?: number): Uint8Array;
  /** The same, borrowed: not to be written into, and valid until the next call. */
  view(file: TreeNode, offset?: number, length?: number): Uint8Array;
  /**
   * The same of the file that has this place and this id, without a node: for another thread that reads the
   * same image, and for whoever keeps very many files.
   */
  viewAt(place: number, id: Uint8Array, offset?: number, length?: number): Uint8Array;
  /**
   * A number for a node, as inodes have: an integer from 1 (the root) to 2^53 - 1, the same for as long as
   * the image is open, and another for each path. A path index gives it without any memory; other readers
   * remember 16 bytes for each node that was numbered.
   */
  number(node: TreeNode): number;
  /** The node of a number; NOT_FOUND where no node has it. */
  numbered(number: number): TreeNode;
}
