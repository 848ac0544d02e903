import { equalBytes, FormatError, type Idx, type Oid, type PackOffset } from '#format';
import type { Entry, Kind } from '../fs/entry.ts';
import type { Layout } from '../fs/layout.ts';
import { entriesOf, NameList } from '../fs/name-list.ts';
import { type ObjectReader, wrongObject } from '../pack/index.ts';
import { locateObject } from './locate-object.ts';
import { NodeNumbers, type PlacedNode } from './node-numbers.ts';
import { SortedTree } from './sorted-tree.ts';
import type { TreeHints } from './tree-hints.ts';

const NO_NAME = new Uint8Array(0);

/** An entry by the tree that names it, and its rank there; the root is named by none. */
export class LazyNode implements PlacedNode<LazyNode> {
  readonly parent: LazyNode | undefined;
  readonly tree: SortedTree | undefined;
  readonly place: number;
  row = 0;

  constructor(parent: LazyNode | undefined, tree: SortedTree | undefined, place: number) {
    this.parent = parent;
    this.tree = tree;
    this.place = place;
  }
}

/** Reads trees when a path leads through them, and keeps those used last. */
export class LazyLayout implements Layout<LazyNode> {
  readonly root: LazyNode = new LazyNode(undefined, undefined, 0);
  readonly #objects: ObjectReader;
  readonly #idx: Idx;
  readonly #rootOid: Oid;
  #rootPackOffset: PackOffset | undefined;
  readonly #hints: TreeHints | undefined;
  readonly #budget: number;
  /**
   * By PACK offset. One that is found is not moved: a Map that is kept in the order of use leaves its outgrown
   * tables as garbage, which each look-up of a path added to.
   */
  readonly #trees = new Map<PackOffset, SortedTree>();
  #bytes = 0;
  readonly #numbers: NodeNumbers<LazyNode>;

  /**
   * `treeBytes` bounds what is kept of trees; numbers of nodes count from `firstNumber` on. With `hints` objects
   * are checked, and where the root stands need not be known.
   */
  constructor(
    objects: ObjectReader,
    idx: Idx,
    root: { readonly oid: Oid; readonly packOffset: PackOffset | undefined },
    treeBytes: number,
    {
      firstNumber,
      hints,
    }: { firstNumber?: number | undefined; hints?: TreeHints | undefined } = {},
  ) {
    this.#objects = objects;
    this.#idx = idx;
    this.#rootOid = root.oid;
    this.#rootPackOffset = root.packOffset;
    this.#budget = treeBytes;
    this.#numbers = new NodeNumbers(firstNumber);
    this.#hints = hints;
  }

  kindOf({ tree, place }: LazyNode): Kind {
    return tree === undefined ? 'directory' : tree.kindOf(place);
  }

  nameOf({ tree, place }: LazyNode): Uint8Array {
    return tree === undefined ? NO_NAME : tree.nameOf(place);
  }

  /** Knows nothing yet, but may begin to read what the way leads through. */
  find(path: Uint8Array): undefined {
    this.#hints?.announce(path);
  }

  child(directory: LazyNode, path: Uint8Array, from: number, to: number): LazyNode | undefined {
    const tree = this.#treeOf(directory);
    const rank = tree.find(path, from, to);
    return rank === -1 ? undefined : new LazyNode(directory, tree, rank);
  }

  list(directory: LazyNode): Entry[] {
    const tree = this.#treeOf(directory);
    const names = new NameList();
    for (let rank = 0; rank < tree.count; rank++) {
      const name = tree.nameOf(rank);
      names.add(name, 0, name.length);
    }
    return entriesOf(names, (rank) => tree.kindOf(rank));
  }

  *nodesOf(directory: LazyNode, after?: Uint8Array): Iterable<LazyNode> {
    const tree = this.#treeOf(directory);
    const first = after === undefined ? 0 : tree.rankAbove(after);
    for (let rank = first; rank < tree.count; rank++) yield new LazyNode(directory, tree, rank);
  }

  oid({ tree, place }: LazyNode): Oid {
    return tree === undefined ? this.#rootOid : tree.oidOf(place);
  }

  packOffset(node: LazyNode): PackOffset {
    const { tree, place } = node;
    if (tree === undefined) {
      this.#rootPackOffset ??= this.#locate(this.#rootOid, this.#hints?.root ?? 0);
      return this.#rootPackOffset;
    }
    const known = tree.packOffsetOf(place);
    if (known !== 0) return known;
    const packOffset = this.#locate(tree.oidOf(place), this.#hints?.take(depthOf(node)) ?? 0);
    tree.rememberPackOffset(place, packOffset);
    return packOffset;
  }

  /** Where an object stands: at `hint`, if its hash says so. */
  #locate(oid: Oid, hint: PackOffset): PackOffset {
    if (hint !== 0 && this.#objects.hasId(hint, oid)) return hint;
    return locateObject(this.#idx, oid);
  }

  numberOf(node: LazyNode): number {
    return this.#numbers.numberOf(node);
  }

  numbered(number: number): LazyNode | undefined {
    return this.#numbers.nodeOf(number, this.root, (parent, rank) => {
      const tree = this.#treeOf(parent);
      // Read again, it is perhaps not what it was.
      if (rank >= tree.count) throw new FormatError('BAD_TREE', 'a tree shrank between two reads');
      return new LazyNode(parent, tree, rank);
    });
  }

  #treeOf(directory: LazyNode): SortedTree {
    const packOffset = this.packOffset(directory);
    const oid = this.oid(directory);
    let tree = this.#trees.get(packOffset);
    if (tree === undefined) {
      const content = this.#objects.readTree(packOffset, oid);
      tree = new SortedTree(content, this.#objects.checks ? oid : undefined);
      this.#letGo(tree.byteLength);
      this.#trees.set(packOffset, tree);
      this.#bytes += tree.byteLength;
    } else {
      // A forged IDX can lead to one object by two ids.
      if (tree.oid !== undefined && !equalBytes(tree.oid, oid)) throw wrongObject(packOffset, oid);
      tree.isUsed = true;
    }
    return tree;
  }

  /** Makes room: the oldest trees go that were not used since they came. */
  #letGo(room: number): void {
    for (const [oldest, tree] of this.#trees) {
      if (this.#bytes + room <= this.#budget) break;
      this.#trees.delete(oldest);
      if (tree.isUsed) this.#trees.set(oldest, tree);
      else this.#bytes -= tree.byteLength;
      tree.isUsed = false;
    }
  }
}

/** How many names lead from the root to a node. */
function depthOf(node: LazyNode): number {
  let depth = 0;
  for (let at = node.parent; at !== undefined; at = at.parent) depth += 1;
  return depth;
}
