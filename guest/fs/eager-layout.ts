import { type Idx, OID_LENGTH, type Oid, type PackOffset } from '#format';
import type { RadixForest } from '../art/index.ts';
import type { EntryTable } from './entry-table.ts';
import type { Entry, Kind } from './file-system.ts';
import type { Layout } from './layout.ts';
import { decodeUtf8 } from './utf8.ts';

/** What an eager reader keeps of an image, in flat arrays. */
export interface EagerTables {
  /** A tree for each directory. The number of a name is the row of its entry. */
  readonly names: RadixForest;
  /**
   * An entry's rank is that of its object in the IDX, its value the number of its tree in `names`
   * (directories) or its PACK offset (files, links). A submodule's rank is that of its id in
   * `submodules`. Row 0 is the root, whose name is empty.
   */
  readonly entries: EntryTable;
  /** The ids of submodules, one behind the other. */
  readonly submodules: Uint8Array;
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

  /** Memory held, in bytes. */
  get byteLength(): number {
    const { names, entries, submodules } = this.#tables;
    return names.byteLength + entries.byteLength + submodules.byteLength;
  }

  kindOf(row: number): Kind {
    return this.#tables.entries.kindOf(row);
  }

  child(directory: number, path: Uint8Array, from: number, to: number): number | undefined {
    const row = this.#tables.names.find(this.#treeOf(directory), path, from, to);
    return row === -1 ? undefined : row;
  }

  list(directory: number): Entry[] {
    const { names } = this.#tables;
    return Array.from(names.keys(this.#treeOf(directory)), (row) => {
      const nameBytes = names.key(row).slice();
      return { name: decodeUtf8(nameBytes), nameBytes, kind: this.kindOf(row) };
    });
  }

  digest(row: number): Oid {
    const { entries, submodules } = this.#tables;
    const rank = entries.rankOf(row);
    if (entries.kindOf(row) !== 'submodule') return this.#idx.oidOf(rank);
    return submodules.slice(rank * OID_LENGTH, (rank + 1) * OID_LENGTH);
  }

  packOffset(row: number): PackOffset {
    return this.#tables.entries.valueOf(row);
  }

  #treeOf(directory: number): number {
    return this.#tables.entries.valueOf(directory);
  }
}
