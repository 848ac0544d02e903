import type { Idx, Oid, PackOffset } from '#format';
import type { Entry, Kind } from '../fs/entry.ts';
import type { Layout } from '../fs/layout.ts';
import { entriesOf, NameList } from '../fs/name-list.ts';
import { locateObject } from './locate-object.ts';
import { NodeNumbers, type PlacedNode } from './node-numbers.ts';
import type { TreeTable } from './tree-table.ts';

/** The root's number as an entry, whose name nothing has, and as a directory. */
const ROOT = 0;
const NO_NAME = new Uint8Array(0);

/** An entry: its place is the number that the table knows it by. */
export class EagerNode implements PlacedNode<EagerNode> {
  readonly parent: EagerNode | undefined;
  readonly place: number;
  row = 0;

  constructor(parent: EagerNode | undefined, place: number) {
    this.parent = parent;
    this.place = place;
  }
}

/** All directories in memory. Directories that are one object are kept once. */
export class EagerLayout implements Layout<EagerNode> {
  readonly root: EagerNode = new EagerNode(undefined, ROOT);
  readonly #trees: TreeTable;
  readonly #idx: Idx;
  readonly #numbers = new NodeNumbers<EagerNode>();

  /** The first directory of `trees` is the root. */
  constructor(trees: TreeTable, idx: Idx) {
    this.#trees = trees;
    this.#idx = idx;
  }

  /** Memory held, in bytes; more once directories are visited. */
  get byteLength(): number {
    return this.#trees.byteLength;
  }

  kindOf({ place }: EagerNode): Kind {
    return place === ROOT ? 'directory' : this.#trees.kindOf(place);
  }

  nameOf({ place }: EagerNode): Uint8Array {
    return place === ROOT ? NO_NAME : this.#trees.nameOf(place);
  }

  child(directory: EagerNode, path: Uint8Array, from: number, to: number): EagerNode | undefined {
    const entry = this.#trees.find(this.#directoryOf(directory), path, from, to);
    return entry === -1 ? undefined : new EagerNode(directory, entry);
  }

  list(directory: EagerNode): Entry[] {
    const trees = this.#trees;
    const names = new NameList();
    const kinds: Kind[] = [];
    for (const entry of trees.entriesOf(this.#directoryOf(directory))) {
      const name = trees.nameOf(entry);
      names.add(name, 0, name.length);
      kinds.push(trees.kindOf(entry));
    }
    return entriesOf(names, (place) => kinds[place] as Kind);
  }

  *nodesOf(directory: EagerNode, after?: Uint8Array): Iterable<EagerNode> {
    for (const entry of this.#trees.entriesOf(this.#directoryOf(directory), after)) {
      yield new EagerNode(directory, entry);
    }
  }

  oid(node: EagerNode): Oid {
    if (this.kindOf(node) !== 'directory') return this.#trees.oidOf(node.place);
    return this.#trees.oidOfDirectory(this.#directoryOf(node));
  }

  packOffset(node: EagerNode): PackOffset {
    return locateObject(this.#idx, this.oid(node));
  }

  numberOf(node: EagerNode): number {
    return this.#numbers.numberOf(node);
  }

  numbered(number: number): EagerNode | undefined {
    return this.#numbers.nodeOf(number, this.root, (parent, entry) => new EagerNode(parent, entry));
  }

  #directoryOf({ place }: EagerNode): number {
    return place === ROOT ? ROOT : this.#trees.directoryOf(place);
  }
}
