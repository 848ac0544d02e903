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
import { FamilyWalker, type SuspendedFamily } from './family-walker.ts';
import { HeldBytes } from './held-bytes.ts';
import { ObjectChecker } from './object-checker.ts';
import { BAD_FAMILY, NEXT_POSITION, OBJECTS_DONE, type SweepState } from './sweep-state.ts';
import { BYTES_BUILT } from './totals.ts';
import { type EdgeColumns, TreeEdges } from './tree-edges.ts';

/** What one thread found in the families that it took; it can be sent to another thread. */
export interface Findings {
  readonly edges: EdgeColumns;
  /** The commit that the image holds, if this thread met it. */
  readonly commit: Commit | undefined;
  /** What needs more memory than this thread may hold. */
  readonly suspended: readonly SuspendedFamily[];
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
  readonly #suspended: SuspendedFamily[] = [];
  /** Bytes of the objects built that are in the totals already. */
  #counted = 0;
  /** Why a family is bad; of several threads, only the first one's in the PACK counts. */
  error: unknown;

  /**
   * @param alone whether no other thread works: all memory is for this one then
   * @throws ToolError NO_INPUT
   */
  constructor(state: SweepState, alone: boolean) {
    const { path, limits, commit, packSize, idxBytes, table, facts, totals } = state;
    const threads = alone ? 1 : state.threads;
    const held = new HeldBytes(limits.maxHeldSize / threads, threads > 1);
    this.#state = state;
    this.#source = openFileSource(path);
    // Of a PACK that is still being written, the end is not there yet.
    const end = Math.min(SUPERBLOCK_SIZE + packSize, this.#source.size);
    const pack = partOfSource(this.#source, SUPERBLOCK_SIZE, end);
    const idx = new Idx(memorySource(idxBytes), packSize);
    this.#walker = new FamilyWalker(pack, table, createHostInflater(), limits, held);
    this.#checker = new ObjectChecker({ idx, commit }, table, facts, this.#edges, limits, totals);
  }

  get findings(): Findings {
    const { commit } = this.#checker;
    return { edges: this.#edges.columns, commit, suspended: this.#suspended };
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
    this.#guarded(() => this.#walker.walk(root, this.#checker));
  }

  /** Checks what another sweeper has left of a family. @throws as {@link check} */
  finish(family: SuspendedFamily): void {
    this.#guarded(() => this.#walker.resume(family, this.#checker));
  }

  #guarded(walk: () => SuspendedFamily | undefined): void {
    try {
      const rest = walk();
      if (rest !== undefined) this.#suspended.push(rest);
    } catch (error) {
      const { table, idxBytes, packSize } = this.#state;
      const position = this.#walker.position;
      const idx = new Idx(memorySource(idxBytes), packSize);
      throw locateError(error, {
        offset: table.packOffsets[position],
        oid: oidToHex(idx.oidOf(table.rows[position] as number)),
      });
    } finally {
      const { built } = this.#walker;
      Atomics.add(this.#state.totals, BYTES_BUILT, BigInt(built - this.#counted));
      this.#counted = built;
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
