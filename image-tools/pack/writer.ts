import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  encodeEntryHeader,
  encodePackHeader,
  IdxEntries,
  type ObjectType,
  type Oid,
  type PackOffset,
} from '#format';
import type { ByteSink } from '../files/byte-sink.ts';
import type { EncodedEntries } from './entry-run.ts';

/** A whole object whose zlib stream is made while it is written. */
export interface StreamedEntry {
  readonly oid: Oid;
  readonly type: ObjectType;
  /** Size of the content, in bytes. */
  readonly size: number;
  /** The zlib stream; each piece is borrowed until the next is asked for. */
  readonly compressed: AsyncIterable<Uint8Array>;
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

  /** Writes a run of entries; `oidOf` gives the ids of their objects, by their places in it. */
  appendRun({ lengths, crcs, data }: EncodedEntries, oidOf: (place: number) => Oid): void {
    let packOffset = this.#packOffset;
    for (let place = 0; place < lengths.length; place += 1) {
      this.entries.add(oidOf(place), crcs[place] as number, packOffset);
      packOffset += lengths[place] as number;
    }
    this.#write(data);
  }

  /** Writes a whole object as its pieces come, and gives where it stands. */
  async appendStream(entry: StreamedEntry): Promise<PackOffset> {
    const packOffset = this.#packOffset;
    const header = encodeEntryHeader(entry.type, entry.size);
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
