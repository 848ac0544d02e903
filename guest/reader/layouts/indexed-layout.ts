import {
  type Idx,
  KINDS,
  keyOf,
  type Limits,
  type Oid,
  type PackOffset,
  type PathEntry,
  type PathIndex,
  prefixBelow,
  ROOT_PREFIX,
} from '#format';
import type { Entry, Kind } from '../fs/file-system.ts';
import type { Layout } from '../fs/layout.ts';
import { entriesOf } from '../fs/name-list.ts';
import { indexedPath } from './indexed-path.ts';

/** An entry as the index has it. */
export interface IndexedNode {
  readonly kind: Kind;
  readonly entry: PathEntry;
  readonly key: Uint8Array;
  /** Where the name begins in the key; 0 for the root, which has no key. */
  readonly nameAt: number;
}

/** Directories and entries are found in the image's path index: no tree is read. */
export class IndexedLayout implements Layout<IndexedNode> {
  readonly root: IndexedNode;
  readonly #index: PathIndex;
  readonly #idx: Idx;
  readonly #maxTreeSize: number;

  constructor(index: PathIndex, idx: Idx, { maxTreeSize }: Limits) {
    const { rootRank: rank, rootPackOffset: packOffset } = index.footer;
    const kind = 'directory';
    const entry = { kind: KINDS.indexOf(kind), packOffset, rank, size: 0, submodule: undefined };
    this.root = { kind, entry, key: new Uint8Array(0), nameAt: 0 };
    this.#index = index;
    this.#idx = idx;
    this.#maxTreeSize = maxTreeSize;
  }

  kindOf(node: IndexedNode): Kind {
    return node.kind;
  }

  find(path: Uint8Array): IndexedNode | undefined {
    // A NUL parts the segments of a key: a name with one would reach into another directory.
    if (path.includes(0)) return undefined;
    const { key, nameAt, mustBeDirectory } = indexedPath(path);
    if (key === undefined) return this.root;
    const node = this.#find(key, nameAt);
    return mustBeDirectory && node?.kind !== 'directory' ? undefined : node;
  }

  child(
    directory: IndexedNode,
    path: Uint8Array,
    from: number,
    to: number,
  ): IndexedNode | undefined {
    const prefix = prefixOf(directory);
    return this.#find(keyOf(prefix, path.subarray(from, to)), prefix.length);
  }

  list(directory: IndexedNode): Entry[] {
    const kinds: number[] = [];
    const names = this.#index.list(prefixOf(directory), this.#maxTreeSize, (leaf, first, end) => {
      leaf.appendKinds(first, end, kinds);
    });
    return entriesOf(names, (place) => KINDS[kinds[place] as number] as Kind);
  }

  oid({ entry }: IndexedNode): Oid {
    return entry.submodule ?? this.#idx.oidOf(entry.rank);
  }

  packOffset({ entry }: IndexedNode): PackOffset {
    return entry.packOffset;
  }

  size({ entry }: IndexedNode): number {
    return entry.size;
  }

  #find(key: Uint8Array, nameAt: number): IndexedNode | undefined {
    const entry = this.#index.find(key);
    if (entry === undefined) return undefined;
    return { kind: KINDS[entry.kind] as Kind, entry, key, nameAt };
  }
}

function prefixOf({ key, nameAt }: IndexedNode): Uint8Array {
  return nameAt === 0 ? ROOT_PREFIX : prefixBelow(key.subarray(0, nameAt), key.subarray(nameAt));
}
