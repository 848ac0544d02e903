import {
  FormatError,
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

/** Where the name of an entry stands. */
interface PlacedName {
  /** What its directory's entries have before their names. */
  readonly prefix: Uint8Array;
  /** The name: bytes `from` to `to` of `names`. */
  readonly names: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** An entry as the index has it. */
export class IndexedNode {
  readonly entry: FoundEntry;
  #placed: PlacedName | (() => PlacedName);

  /** A name that is read late, is read when it is needed. */
  constructor(entry: FoundEntry, placed: PlacedName | (() => PlacedName)) {
    this.entry = entry;
    this.#placed = placed;
  }

  get kind(): Kind {
    return KINDS[this.entry.kind] as Kind;
  }

  get prefix(): Uint8Array {
    return this.#place().prefix;
  }

  /** A view. */
  get name(): Uint8Array {
    const { names, from, to } = this.#place();
    return names.subarray(from, to);
  }

  /** Where it stands, from the root on; new bytes. */
  get path(): Uint8Array {
    const { prefix } = this;
    return prefix.length === 0 ? prefix : pathOfKey(prefix, this.name);
  }

  #place(): PlacedName {
    if (typeof this.#placed === 'function') this.#placed = this.#placed();
    return this.#placed;
  }
}

/** Directories and entries are found in the image's path index: no tree is read. */
export class IndexedLayout implements Layout<IndexedNode> {
  readonly root: IndexedNode;
  readonly #index: PathIndex;
  readonly #idx: Idx;
  readonly #maxTreeSize: number;
  readonly #maxTreeDepth: number;

  constructor(index: PathIndex, idx: Idx, { maxTreeSize, maxTreeDepth }: Limits) {
    const { rootRank: rank, rootPackOffset: packOffset } = index.footer;
    const kind = KINDS.indexOf('directory');
    const entry = { kind, packOffset, rank, size: 0, submodule: undefined, position: -1 };
    const none = new Uint8Array(0);
    this.root = new IndexedNode(entry, { prefix: none, names: none, from: 0, to: 0 });
    this.#index = index;
    this.#idx = idx;
    this.#maxTreeSize = maxTreeSize;
    this.#maxTreeDepth = maxTreeDepth;
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
        const placed = { prefix, names: bytes, from: at, to: nameEnd };
        yield new IndexedNode(leaf.entryOf(next), placed);
        at = nameEnd + 1;
      }
    }
  }

  *pathsBelow(directory: IndexedNode, shown: Uint8Array, end: number): Iterable<Uint8Array> {
    const prefix = this.#prefixOf(directory);
    const lister = this.#index.listPaths({ prefix, shown, end, maxDepth: this.#maxTreeDepth });
    for (let paths = lister.next(); paths !== undefined; paths = lister.next()) yield paths;
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
    const { entry, leaf, row } = found;
    return new IndexedNode(entry, () => placeIn(leaf.keyOf(row)));
  }

  #find(key: Uint8Array, nameAt: number): IndexedNode | undefined {
    const entry = this.#index.find(key);
    if (entry === undefined) return undefined;
    return new IndexedNode(entry, placeAt(key, nameAt));
  }

  #prefixOf(node: IndexedNode): Uint8Array {
    return node === this.root ? ROOT_PREFIX : prefixBelow(node.prefix, node.name);
  }
}

/** Where a key has the name. */
function placeAt(key: Uint8Array, nameAt: number): PlacedName {
  return { prefix: key.subarray(0, nameAt), names: key, from: nameAt, to: key.length };
}

/** The same of a key out of a leaf. @throws FormatError BAD_INDEX if that is not the key of an entry */
function placeIn(key: Uint8Array): PlacedName {
  const nameAt = key.lastIndexOf(NUL) + 1;
  if (nameAt !== 0 && isEntryName(key.subarray(nameAt))) return placeAt(key, nameAt);
  throw new FormatError('BAD_INDEX', 'a key that no entry can have');
}
