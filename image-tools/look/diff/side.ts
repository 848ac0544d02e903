import type { Kind } from '#reader';

/** One of the two things that are compared: an image, or a folder. */
export interface Side<Node = unknown> {
  readonly root: Node;
  /** The entries of a folder, in the order of the bytes of their names. */
  list(folder: Node): Iterable<SideEntry<Node>>;
  /** The id of a folder's tree where it is known without a look into the folder. */
  treeId(folder: Node): Uint8Array | undefined;
  /** The id of all else: of a file's or link's blob, of a submodule's commit. */
  id(node: Node): Uint8Array;
  /** Bytes of a file or link; undefined where that costs a read. */
  size(node: Node): number | undefined;
  /** All of a file, or a link's target. */
  read(node: Node): Uint8Array;
  close(): void;
}

/** An entry of a folder. */
export interface SideEntry<Node = unknown> {
  readonly name: Uint8Array;
  readonly kind: Kind;
  readonly node: Node;
}
