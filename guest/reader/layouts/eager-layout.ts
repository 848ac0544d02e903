import type { Idx, Oid, PackOffset } from '#format';
import type { Entry, Kind } from '../fs/file-system.ts';
import type { Layout } from '../fs/layout.ts';
import { entriesOf, NameList } from '../fs/name-list.ts';
import { locateObject } from './locate-object.ts';
import type { TreeTable } from './tree-table.ts';

/** The root's number as an entry, whose name nothing has, and as a directory. */
const ROOT = 0;

/** All directories in memory. Directories that are one object are kept once. */
export class EagerLayout implements Layout<number> {
  readonly root: number = ROOT;
  readonly #trees: TreeTable;
  readonly #idx: Idx;

  /** The first directory of `trees` is the root. */
  constructor(trees: TreeTable, idx: Idx) {
    this.#trees = trees;
    this.#idx = idx;
  }

  /** Memory held, in bytes; more once directories are visited. */
  get byteLength(): number {
    return this.#trees.byteLength;
  }

  kindOf(entry: number): Kind {
    return entry === ROOT ? 'directory' : this.#trees.kindOf(entry);
  }

  child(directory: number, path: Uint8Array, from: number, to: number): number | undefined {
    const entry = this.#trees.find(this.#directoryOf(directory), path, from, to);
    return entry === -1 ? undefined : entry;
  }

  list(directory: number): Entry[] {
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

  oid(entry: number): Oid {
    if (this.kindOf(entry) !== 'directory') return this.#trees.oidOf(entry);
    return this.#trees.oidOfDirectory(this.#directoryOf(entry));
  }

  packOffset(entry: number): PackOffset {
    return locateObject(this.#idx, this.oid(entry));
  }

  #directoryOf(entry: number): number {
    return entry === ROOT ? ROOT : this.#trees.directoryOf(entry);
  }
}
