import { equalBytes, type Idx, type Oid, type PackOffset } from '#format';
import type { Entry, Kind } from '../fs/file-system.ts';
import type { Layout } from '../fs/layout.ts';
import { entriesOf, NameList } from '../fs/name-list.ts';
import { type ObjectReader, wrongObject } from '../pack/index.ts';
import { locateObject } from './locate-object.ts';
import { TreeIndex } from './tree-index.ts';

/** An entry by the tree that names it; the root is named by none. */
export interface LazyNode {
  readonly tree: TreeIndex | undefined;
  readonly rank: number;
}

/** A directory, and the id under which its object was read. */
interface KeptTree {
  readonly tree: TreeIndex;
  readonly oid: Oid;
}

/** Reads trees when a path leads through them, and keeps those used last. */
export class LazyLayout implements Layout<LazyNode> {
  readonly root: LazyNode = { tree: undefined, rank: 0 };
  readonly #objects: ObjectReader;
  readonly #idx: Idx;
  readonly #rootOid: Oid;
  readonly #rootPackOffset: PackOffset;
  readonly #budget: number;
  /** By PACK offset, in the order of use. */
  readonly #trees = new Map<PackOffset, KeptTree>();
  #bytes = 0;

  /** `treeBytes` bounds what is kept of trees. */
  constructor(
    objects: ObjectReader,
    idx: Idx,
    root: { readonly oid: Oid; readonly packOffset: PackOffset },
    treeBytes: number,
  ) {
    this.#objects = objects;
    this.#idx = idx;
    this.#rootOid = root.oid;
    this.#rootPackOffset = root.packOffset;
    this.#budget = treeBytes;
  }

  kindOf({ tree, rank }: LazyNode): Kind {
    return tree === undefined ? 'directory' : tree.kindOf(rank);
  }

  child(directory: LazyNode, path: Uint8Array, from: number, to: number): LazyNode | undefined {
    const tree = this.#treeOf(directory);
    const rank = tree.find(path, from, to);
    return rank === -1 ? undefined : { tree, rank };
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

  oid({ tree, rank }: LazyNode): Oid {
    return tree === undefined ? this.#rootOid : tree.oidOf(rank);
  }

  packOffset({ tree, rank }: LazyNode): PackOffset {
    if (tree === undefined) return this.#rootPackOffset;
    const known = tree.packOffsetOf(rank);
    if (known !== 0) return known;
    const packOffset = locateObject(this.#idx, tree.oidOf(rank));
    tree.rememberPackOffset(rank, packOffset);
    return packOffset;
  }

  #treeOf(directory: LazyNode): TreeIndex {
    const packOffset = this.packOffset(directory);
    const oid = this.oid(directory);
    let kept = this.#trees.get(packOffset);
    if (kept === undefined) {
      const tree = new TreeIndex(this.#objects.readTree(packOffset, oid).slice());
      kept = { tree, oid: oid.slice() };
      this.#bytes += tree.byteLength;
    } else {
      // A forged IDX can lead to one object by two ids.
      if (this.#objects.checks && !equalBytes(kept.oid, oid)) throw wrongObject(packOffset, oid);
      this.#trees.delete(packOffset);
    }
    this.#trees.set(packOffset, kept);
    for (const [oldest, { tree }] of this.#trees) {
      if (this.#bytes <= this.#budget || oldest === packOffset) break;
      this.#trees.delete(oldest);
      this.#bytes -= tree.byteLength;
    }
    return kept.tree;
  }
}
