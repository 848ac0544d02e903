import type { ObjectType } from '#format';
import { ByteArena } from '../source/byte-arena.ts';

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
  readonly types: Uint8Array;
  readonly sizes: Float64Array;
  /** As in {@link PackEntry}, {@link NO_BASE} for an object that is whole. */
  readonly bases: Int32Array;
  /** Bytes of each zlib stream; they follow one another in `data`. */
  readonly lengths: Uint32Array;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Collects entries that follow each other. */
export class EntryRun {
  readonly #bytes = new ByteArena();
  readonly #entries: { type: number; size: number; base: number; length: number }[] = [];

  /** Adds an entry and gives its place in the run. */
  add({ type, size, base = NO_BASE, data }: PackEntry): number {
    this.#bytes.add(data);
    return this.#entries.push({ type, size, base, length: data.length }) - 1;
  }

  /** All entries added, in arrays of their own. */
  finish(): EncodedEntries {
    const entries = this.#entries;
    return {
      types: Uint8Array.from(entries, ({ type }) => type),
      sizes: Float64Array.from(entries, ({ size }) => size),
      bases: Int32Array.from(entries, ({ base }) => base),
      lengths: Uint32Array.from(entries, ({ length }) => length),
      data: this.#bytes.bytes.slice(),
    };
  }
}
