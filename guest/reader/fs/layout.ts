import type { Oid, PackOffset } from '#format';
import type { Entry, Kind } from './entry.ts';

/**
 * How a reader keeps the directories of an image; `Node` identifies an entry. Paths,
 * links and contents are the same for all readers and stand above.
 */
export interface Layout<Node> {
  readonly root: Node;
  kindOf(node: Node): Kind;
  /** The name of an entry, borrowed; empty for the root. */
  nameOf(node: Node): Uint8Array;
  /**
   * What stands at a whole path (without `..`) that leads through no link, for layouts that know
   * without going from directory to directory. Undefined says nothing: the path is walked then.
   */
  find?(path: Uint8Array): Node | undefined;
  /** The entry of `directory` whose name is bytes `from`..`to` of `path`. */
  child(directory: Node, path: Uint8Array, from: number, to: number): Node | undefined;
  /** The entries of `directory`, in the order of the bytes of their names. */
  list(directory: Node): Entry[];
  /** The same as nodes, one after the other: those whose names are above `after`, if that is given. */
  nodesOf(directory: Node, after?: Uint8Array): Iterable<Node>;
  /**
   * The paths of all that is below `directory` as {@link NodeTree.paths} gives them, for layouts that know
   * without going from directory to directory.
   */
  pathsBelow?(directory: Node, shown: Uint8Array, end: number): Iterable<Uint8Array>;
  /** The entry's object id: a view, not to be written into. */
  oid(node: Node): Oid;
  /** Where the entry's object begins; not for submodules, which have none. */
  packOffset(node: Node): PackOffset;
  /** Bytes of a file or link, for layouts that know without asking the object. */
  size?(node: Node): number;
  /** A number that no other node has, from 2 on; 1 is the root's. @throws FormatError LIMIT */
  numberOf(node: Node): number;
  /** The node of a number; undefined if none has it. */
  numbered(number: number): Node | undefined;
}
