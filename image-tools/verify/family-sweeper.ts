import {
  type Commit,
  Idx,
  locateError,
  memorySource,
  oidToHex,
  partOfSource,
  SUPERBLOCK_SIZE,
} from '#format';
import { createHostInflater } from '#format/host';
import { type FileSource, openFileSource } from '../files/file-source.ts';
import { NO_BASE } from './entry-table.ts';
import { FamilyWalker } from './family-walker.ts';
import { ObjectChecker } from './object-checker.ts';
import { BAD_FAMILY, NEXT_POSITION, OBJECTS_DONE, type SweepState } from './sweep-state.ts';
import { type EdgeColumns, TreeEdges } from './tree-edges.ts';

/** What one thread found in the families that it took; it can be sent to another thread. */
export interface Findings {
  readonly edges: EdgeColumns;
  /** The commit that the image holds, if this thread met it. */
  readonly commit: Commit | undefined;
  /** What counts against the limits: bytes built, bytes of trees. */
  readonly built: number;
  readonly treesSize: number;
}

/**
 * Checks families of objects, one after another; several sweepers of one state, in threads of their
 * own, share the work. Close it when done.
 */
export class FamilySweeper {
  readonly #state: SweepState;
  readonly #source: FileSource;
  readonly #walker: FamilyWalker;
  readonly #checker: ObjectChecker;
  readonly #edges = new TreeEdges();
  /** Why a family is bad; of several threads, only the first one's in the PACK counts. */
  error: unknown;

  /** @throws ToolError NO_INPUT */
  constructor(state: SweepState) {
    const { path, limits, commit, packSize, idxBytes, table, facts } = state;
    this.#state = state;
    this.#source = openFileSource(path);
    const pack = partOfSource(this.#source, SUPERBLOCK_SIZE, SUPERBLOCK_SIZE + packSize);
    const idx = new Idx(memorySource(idxBytes), packSize);
    this.#walker = new FamilyWalker(pack, table, createHostInflater(), limits);
    this.#checker = new ObjectChecker({ idx, commit }, table, facts, this.#edges, limits);
  }

  get findings(): Findings {
    const { commit, treesSize } = this.#checker;
    return { edges: this.#edges.columns, commit, built: this.#walker.built, treesSize };
  }

  /**
   * Checks the next family; false if none is left, or one is bad. Positions are given out in order,
   * so every family before the first bad one has been taken, and is checked to its end: which one is
   * the first does not depend on the threads.
   */
  checkNext(): boolean {
    const { counters, table } = this.#state;
    for (;;) {
      const position = Atomics.add(counters, NEXT_POSITION, 1);
      if (position >= table.count || position > Atomics.load(counters, BAD_FAMILY)) return false;
      Atomics.add(counters, OBJECTS_DONE, 1);
      if (table.bases[position] !== NO_BASE) continue;
      try {
        this.check(position);
        return true;
      } catch (error) {
        this.error = error;
        lower(counters, BAD_FAMILY, position);
        return false;
      }
    }
  }

  /** Checks the family of the whole object at `root`. @throws FormatError; ToolError IO */
  check(root: number): void {
    try {
      this.#walker.walk(root, this.#checker);
    } catch (error) {
      const { table, idxBytes, packSize } = this.#state;
      const position = this.#walker.position;
      const idx = new Idx(memorySource(idxBytes), packSize);
      throw locateError(error, {
        offset: table.packOffsets[position],
        oid: oidToHex(idx.oidOf(table.rows[position] as number)),
      });
    }
  }

  close(): void {
    this.#source.close();
  }
}

function lower(counters: Int32Array, index: number, value: number): void {
  let current = Atomics.load(counters, index);
  while (value < current) {
    const found = Atomics.compareExchange(counters, index, current, value);
    if (found === current) return;
    current = found;
  }
}
