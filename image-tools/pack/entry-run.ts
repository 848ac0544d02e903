import { crc32 } from 'node:zlib';
import { ENTRY_OFS_DELTA, encodeEntryHeader, type ObjectType } from '#format';
import { ByteArena } from '../source/byte-arena.ts';

/** An entry whose content is already compressed. */
export interface PackEntry {
  /** The object's own type; ignored where `base` is given. */
  readonly type: ObjectType;
  /** Size before compression, in bytes: the object's, or the delta's where `base` is given. */
  readonly size: number;
  /** The place in the run of a delta's base, an earlier one. */
  readonly base?: number | undefined;
  /** The zlib stream; it is copied. */
  readonly data: Uint8Array;
}

/** Entries of a PACK, as they stand there one behind the other, wherever that is. */
export interface EncodedEntries {
  /** For each entry the bytes that it takes, and their CRC-32, as an IDX has it. */
  readonly lengths: Uint32Array;
  readonly crcs: Uint32Array;
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Encodes entries that follow each other, with their headers: a delta says how far back its base is,
 * which does not depend on where the run will stand.
 */
export class EntryRun {
  readonly #bytes = new ByteArena();
  readonly #starts: number[] = [];
  readonly #crcs: number[] = [];

  /** Adds an entry and gives its place in the run. */
  add({ type, size, base, data }: PackEntry): number {
    const start = this.#bytes.bytes.length;
    const header =
      base === undefined
        ? encodeEntryHeader(type, size)
        : encodeEntryHeader(ENTRY_OFS_DELTA, size, start - (this.#starts[base] as number));
    this.#bytes.add(header);
    this.#bytes.add(data);
    this.#crcs.push(crc32(data, crc32(header)));
    return this.#starts.push(start) - 1;
  }

  /** All entries added, in arrays of their own. */
  finish(): EncodedEntries {
    const data = this.#bytes.bytes.slice();
    const lengths = Uint32Array.from(
      this.#starts,
      (start, i) => (this.#starts[i + 1] ?? data.length) - start,
    );
    return { lengths, crcs: Uint32Array.from(this.#crcs), data };
  }
}
