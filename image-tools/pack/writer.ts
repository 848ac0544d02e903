import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  concatBytes,
  ENTRY_OFS_DELTA,
  encodeEntryHeader,
  encodePackHeader,
  IdxEntries,
  type ObjectType,
  type Oid,
  type PackOffset,
} from '#format';
import type { ByteSink } from '../files/byte-sink.ts';
import { type EncodedEntries, NO_BASE, outsideBase } from './entry-run.ts';

/** An object whose zlib stream is made, or read, while it is written. */
export interface StreamedEntry {
  readonly oid: Oid;
  readonly type: ObjectType;
  /** Size of the content, or of the delta, in bytes. */
  readonly size: number;
  /** Where the base of a delta stands. */
  readonly base?: PackOffset | undefined;
  /** The zlib stream; each piece is borrowed until the next is asked for. */
  readonly compressed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** An entry that is taken over, header included. */
export interface CopiedEntry {
  readonly oid: Oid;
  readonly crc: number;
  /** Bytes of its header and zlib stream. */
  readonly length: number;
}

/**
 * Writes a PACK version 2 run by run, and collects what its IDX needs. It holds no content:
 * memory grows by 32 bytes an object.
 */
export class PackWriter {
  /** One row for each entry appended, in their order. */
  readonly entries: IdxEntries;
  readonly #sink: ByteSink;
  readonly #objectCount: number;
  readonly #hash = createHash('sha1');
  #packOffset: PackOffset = 0;

  /** Writes the header. `objectCount` entries must follow. */
  constructor(sink: ByteSink, objectCount: number) {
    this.#sink = sink;
    this.#objectCount = objectCount;
    this.entries = new IdxEntries(objectCount);
    this.#write(encodePackHeader(objectCount));
  }

  /** Bytes written so far: where the next entry will stand. */
  get packOffset(): PackOffset {
    return this.#packOffset;
  }

  /**
   * Writes a run of entries; `oidOf` gives the ids of their objects, by their places in it, and `outside` where
   * the bases stand that are not in the run.
   */
  appendRun(run: EncodedEntries, oidOf: (place: number) => Oid, outside: Float64Array): void {
    const { types, sizes, bases, lengths, data } = run;
    const starts = new Float64Array(lengths.length);
    const parts: Uint8Array[] = [];
    let packOffset = this.#packOffset;
    let at = 0;
    for (let place = 0; place < lengths.length; place += 1) {
      starts[place] = packOffset;
      const base = bases[place] as number;
      const basePackOffset = base >= 0 ? starts[base] : outside[outsideBase(base)];
      const header =
        base === NO_BASE
          ? encodeEntryHeader(types[place] as ObjectType, sizes[place] as number)
          : encodeEntryHeader(
              ENTRY_OFS_DELTA,
              sizes[place] as number,
              packOffset - (basePackOffset as PackOffset),
            );
      const stream = data.subarray(at, at + (lengths[place] as number));
      at += stream.length;
      this.entries.add(oidOf(place), crc32(stream, crc32(header)), packOffset);
      packOffset += header.length + stream.length;
      parts.push(header, stream);
    }
    this.#write(concatBytes(parts));
  }

  /** Writes entries as they are, which follow one another in `bytes`. */
  appendEntries(bytes: Uint8Array, entries: Iterable<CopiedEntry>): void {
    let packOffset = this.#packOffset;
    for (const { oid, crc, length } of entries) {
      this.entries.add(oid, crc, packOffset);
      packOffset += length;
    }
    this.#write(bytes);
  }

  /** Writes an object as its pieces come, and gives where it stands. */
  async appendStream(entry: StreamedEntry): Promise<PackOffset> {
    const packOffset = this.#packOffset;
    const { type, size, base } = entry;
    const header =
      base === undefined
        ? encodeEntryHeader(type, size)
        : encodeEntryHeader(ENTRY_OFS_DELTA, size, packOffset - base);
    let crc = crc32(header);
    this.#write(header);
    for await (const piece of entry.compressed) {
      crc = crc32(piece, crc);
      this.#write(piece);
    }
    this.entries.add(entry.oid, crc, packOffset);
    return packOffset;
  }

  /** Writes the trailer and gives it: the SHA-1 of all before, 20 bytes. */
  finish(): Uint8Array {
    if (this.entries.count !== this.#objectCount) {
      throw new Error(`${this.entries.count} entries appended of ${this.#objectCount}`);
    }
    const checksum = this.#hash.digest();
    this.#sink.write(checksum);
    this.#packOffset += checksum.length;
    return checksum;
  }

  #write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#sink.write(bytes);
    this.#packOffset += bytes.length;
  }
}
