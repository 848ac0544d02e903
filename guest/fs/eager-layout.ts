import type { Idx, Oid, PackOffset } from '#format';
import type { RadixForest } from '../art/index.ts';
import type { EntryTable } from './entry-table.ts';
import type { Entry, Kind } from './file-system.ts';
import type { Layout } from './layout.ts';
import { locateObject } from './locate-object.ts';
import { NameList } from './name-list.ts';

/** What an eager reader keeps of an image, in flat arrays. */
export interface EagerTables {
  /** A tree for each directory. The number of a name is the row of its entry. */
  readonly names: RadixForest;
  /** Row 0 is the root, whose name is empty. */
  readonly entries: EntryTable;
  /** The id of each directory, by the number of its tree. */
  readonly treeOids: readonly Oid[];
}

/** All directories in memory. Directories that are one object are kept once. */
export class EagerLayout implements Layout<number> {
  readonly root = 0;
  readonly #tables: EagerTables;
  readonly #idx: Idx;

  constructor(tables: EagerTables, idx: Idx) {
    this.#tables = tables;
    this.#idx = idx;
  }

  kindOf(row: number): Kind {
    return this.#tables.entries.kindOf(row);
  }

  child(directory: number, path: Uint8Array, from: number, to: number): number | undefined {
    const { names, entries } = this.#tables;
    const row = names.find(entries.treeOf(directory), path, from, to);
    return row === -1 ? undefined : row;
  }

  list(directory: number): Entry[] {
    const { names, entries } = this.#tables;
    const list = new NameList();
    for (const row of names.keys(entries.treeOf(directory))) {
      const name = names.key(row);
      list.add(name, 0, 0, name.length, entries.kindOf(row));
    }
    return list.entries();
  }

  digest(row: number): Oid {
    return this.#oidOf(row).slice();
  }

  packOffset(row: number): PackOffset {
    return locateObject(this.#idx, this.#oidOf(row));
  }

  #oidOf(row: number): Oid {
    const { entries, treeOids } = this.#tables;
    if (entries.kindOf(row) !== 'directory') return entries.oidOf(row);
    return treeOids[entries.treeOf(row)] as Oid;
  }
}
