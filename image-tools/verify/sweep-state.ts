import type { Limits, Oid } from '#format';
import { type Column, shared } from '../base/columns.ts';
import type { EntryTable } from './entry-table.ts';
import type { ObjectFacts } from './object-checker.ts';

/** What all threads that check one image share; only `facts`, `counters` and `totals` change. */
export interface SweepState {
  /** The image; every thread opens it for itself. */
  readonly path: string;
  readonly limits: Limits;
  /** The id of the commit that the image holds. */
  readonly commit: Oid;
  /** Size of the PACK with its padding, in bytes. */
  readonly packSize: number;
  /** The IDX, whole. */
  readonly idxBytes: Uint8Array;
  readonly table: EntryTable;
  readonly facts: ObjectFacts;
  readonly counters: Int32Array;
  /** Bytes, by all threads together: see totals.ts. */
  readonly totals: BigInt64Array;
  /** How many threads there are: each may hold its share of `maxHeldSize`. */
  readonly threads: number;
}

/** The counters: the position to look at next. */
export const NEXT_POSITION = 0;
/** How many objects are done. */
export const OBJECTS_DONE = 1;
/** The position of the first bad family. */
export const BAD_FAMILY = 2;
/** In {@link BAD_FAMILY} while all is well. */
export const NONE_BAD = 0x7fffffff;

/**
 * The state at the start of a check.
 * @param input with more than one thread, all columns go to shared memory
 */
export function createSweepState(
  input: Omit<SweepState, 'facts' | 'counters' | 'totals'>,
): SweepState {
  const place = <C extends Column>(column: C): C => (input.threads > 1 ? shared(column) : column);
  const { table } = input;
  const counters = place(new Int32Array(3));
  counters[BAD_FAMILY] = NONE_BAD;
  return {
    ...input,
    idxBytes: place(input.idxBytes),
    table: {
      count: table.count,
      packOffsets: place(table.packOffsets),
      rows: place(table.rows),
      types: place(table.types),
      sizes: place(table.sizes),
      headerLengths: place(table.headerLengths),
      bases: place(table.bases),
      children: place(table.children),
      childrenStart: place(table.childrenStart),
    },
    facts: {
      types: place(new Uint8Array(table.count)),
      sizes: place(new Float64Array(table.count)),
    },
    counters,
    totals: new BigInt64Array(new SharedArrayBuffer(16)),
  };
}
