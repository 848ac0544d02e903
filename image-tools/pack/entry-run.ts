import { concatBytes, type ObjectType } from '#format';
import { ByteArena } from '../source/byte-arena.ts';
import { familyOrder } from './family-order.ts';

/** An entry whose content is already compressed. */
export interface PackEntry {
  /** The object's own type; ignored where `base` is given. */
  readonly type: ObjectType;
  /** Size before compression, in bytes: the object's, or the delta's where `base` is given. */
  readonly size: number;
  /** The base of a delta: the place in the run of an earlier entry, or an {@link outsideBase}. */
  readonly base?: number | undefined;
  /** The zlib stream; it is copied. */
  readonly data: Uint8Array;
}

/** The base of an entry that is stored whole. */
export const NO_BASE = -1;

/** The base number `index` of those that stand in the PACK before the run. */
export function outsideBase(index: number): number {
  return NO_BASE - 1 - index;
}

/** Entries that follow each other in a PACK, in columns; their headers depend on where that is. */
export interface EncodedEntries {
  /** Which of the entries added each one is. */
  readonly order: Uint32Array;
  readonly types: Uint8Array;
  readonly sizes: Float64Array;
  /** Places among these entries, always earlier ones; {@link NO_BASE} and less as in {@link PackEntry}. */
  readonly bases: Int32Array;
  /** Bytes of each zlib stream; they follow one another in `data`. */
  readonly lengths: Uint32Array;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** An entry whose zlib stream lies between two places of the run's bytes. */
interface RunEntry {
  readonly type: ObjectType;
  readonly size: number;
  readonly base: number;
  readonly start: number;
  readonly end: number;
}

/** Collects entries, and puts them in the order in which they are read with the fewest reads. */
export class EntryRun {
  readonly #bytes = new ByteArena();
  readonly #entries: RunEntry[] = [];

  /** Adds an entry and gives its place in the run. */
  add({ type, size, base = NO_BASE, data }: PackEntry): number {
    const start = this.#bytes.add(data);
    return this.#entries.push({ type, size, base, start, end: start + data.length }) - 1;
  }

  /** All entries added, in arrays of their own. */
  finish(): EncodedEntries {
    const order = familyOrder(Int32Array.from(this.#entries, ({ base }) => base));
    const places = new Uint32Array(order.length);
    order.forEach((added, place) => {
      places[added] = place;
    });
    const entries = Array.from(order, (added) => this.#entries[added] as RunEntry);
    const { bytes } = this.#bytes;
    return {
      order,
      types: Uint8Array.from(entries, ({ type }) => type),
      sizes: Float64Array.from(entries, ({ size }) => size),
      bases: Int32Array.from(entries, ({ base }) => (base >= 0 ? (places[base] as number) : base)),
      lengths: Uint32Array.from(entries, ({ start, end }) => end - start),
      data: concatBytes(entries.map(({ start, end }) => bytes.subarray(start, end))),
    };
  }
}
