import {
  type FoundEntry,
  type Idx,
  KINDS,
  keyOf,
  type Limits,
  type Oid,
  type PackOffset,
  type PathIndex,
  prefixBelow,
  ROOT_PREFIX,
} from '#format';
import type { Entry, Kind } from '../fs/entry.ts';
import type { Layout } from '../fs/layout.ts';
import { entriesOf } from '../fs/name-list.ts';
import { isEntryName } from '../fs/path.ts';
import { indexedPath, pathOfKey } from './indexed-path.ts';

/** Positions of entries count from 0, numbers of nodes from here. */
const FIRST_NUMBER = 2;
const ROOT_NUMBER = 1;
const NUL = 0;

/** An entry as the index has it. */
export class IndexedNode {
  readonly entry: FoundEntry;
  /** What its directory's entries have before their names. */
  readonly prefix: Uint8Array;
  /** Its name: bytes `from` to `to` of `names`. */
  readonly names: Uint8Array;
  readonly from: number;
  readonly to: number;

  constructor(entry: FoundEntry, prefix: Uint8Array, names: Uint8Array, from: number, to: number) {
    this.entry = entry;
    this.prefix = prefix;
    this.names = names;
    this.from = from;
    this.to = to;
  }

  get kind(): Kind {
    return KINDS[this.entry.kind] as Kind;
  }

  /** A view. */
  get name(): Uint8Array {
    return this.names.subarray(this.from, this.to);
  }

  /** Where it stands, from the root on; new bytes. */
  get path(): Uint8Array {
    return this.prefix.length === 0 ? this.prefix : pathOfKey(this.prefix, this.name);
  }
}

/** Directories and entries are found in the image's path index: no tree is read. */
export class IndexedLayout implements Layout<IndexedNode> {
  readonly root: IndexedNode;
  readonly #index: PathIndex;
  readonly #idx: Idx;
  readonly #maxTreeSize: number;

  constructor(index: PathIndex, idx: Idx, { maxTreeSize }: Limits) {
    const { rootRank: rank, rootPackOffset: packOffset } = index.footer;
    const kind = KINDS.indexOf('directory');
    const entry = { kind, packOffset, rank, size: 0, submodule: undefined, position: -1 };
    this.root = new IndexedNode(entry, new Uint8Array(0), new Uint8Array(0), 0, 0);
    this.#index = index;
    this.#idx = idx;
    this.#maxTreeSize = maxTreeSize;
  }

  kindOf(node: IndexedNode): Kind {
    return node.kind;
  }

  nameOf(node: IndexedNode): Uint8Array {
    return node.name;
  }

  find(path: Uint8Array): IndexedNode | undefined {
    // A NUL parts the segments of a key: a name with one would reach into another directory.
    if (path.includes(NUL)) return undefined;
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
    const prefix = this.#prefixOf(directory);
    return this.#find(keyOf(prefix, path.subarray(from, to)), prefix.length);
  }

  list(directory: IndexedNode): Entry[] {
    const kinds: number[] = [];
    const prefix = this.#prefixOf(directory);
    const names = this.#index.list(prefix, this.#maxTreeSize, (leaf, first, end) => {
      leaf.appendKinds(first, end, kinds);
    });
    return entriesOf(names, (place) => KINDS[kinds[place] as number] as Kind);
  }

  *nodesOf(directory: IndexedNode, after?: Uint8Array): Iterable<IndexedNode> {
    const prefix = this.#prefixOf(directory);
    for (const { leaf, row, bytes, from, end } of this.#index.pages(prefix, after)) {
      for (let at = from, next = row; at < end; next++) {
        const nameEnd = bytes.indexOf(NUL, at);
        yield new IndexedNode(leaf.entryOf(next), prefix, bytes, at, nameEnd);
        at = nameEnd + 1;
      }
    }
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

  numberOf(node: IndexedNode): number {
    return node === this.root ? ROOT_NUMBER : FIRST_NUMBER + node.entry.position;
  }

  numbered(number: number): IndexedNode | undefined {
    if (number === ROOT_NUMBER) return this.root;
    const found = this.#index.at(number - FIRST_NUMBER);
    if (found === undefined) return undefined;
    const { key, entry } = found;
    const nameAt = key.lastIndexOf(NUL) + 1;
    if (nameAt === 0 || !isEntryName(key.subarray(nameAt))) return undefined;
    return new IndexedNode(entry, key.subarray(0, nameAt), key, nameAt, key.length);
  }

  #find(key: Uint8Array, nameAt: number): IndexedNode | undefined {
    const entry = this.#index.find(key);
    if (entry === undefined) return undefined;
    return new IndexedNode(entry, key.subarray(0, nameAt), key, nameAt, key.length);
  }

  #prefixOf(node: IndexedNode): Uint8Array {
    return node === this.root ? ROOT_PREFIX : prefixBelow(node.prefix, node.name);
  }
}
