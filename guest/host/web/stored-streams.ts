import { crc32, inflateSync } from 'node:zlib';
import {
  type ByteSource,
  DEFAULT_LIMITS,
  OBJECT_BLOB,
  openPack,
  peekBytes,
  readEntryHeader,
  readExact,
} from '#format';

/** Larger files are not sent as they are stored: to find the stream's end, it is inflated once in memory. */
const MAX_SIZE = 8 << 20;
/** Streams whose end is known; 100 bytes each. */
const MAX_KNOWN = 100_000;
/** A zlib stream's head, and its checksum at the end. */
const ZLIB_HEAD = 2;
const ZLIB_TAIL = 4;

/** A gzip stream's head: deflate, no name, no time, an unknown system. */
const GZIP_HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const GZIP_TAIL = 8;

interface Known {
  readonly dataOffset: number;
  readonly length: number;
  /** Of the content. */
  readonly crc: number;
  readonly size: number;
}

/**
 * The zlib streams of a PACK as they lie in it, which is what HTTP calls `deflate`. Each is inflated once, to find
 * its end and to be sure of it, and is then sent without any work.
 */
export class StoredStreams {
  readonly #pack: ByteSource;
  readonly #known = new Map<number, Known | undefined>();

  /** @param image the image's bytes */
  constructor(image: ByteSource) {
    this.#pack = openPack(image, DEFAULT_LIMITS).pack;
  }

  /**
   * The size of a file's stream; undefined where the file is stored as a delta, is large, or is damaged, which
   * whoever reads it is told.
   * @param place where its entry begins in the PACK
   */
  size(place: number, coding: 'deflate' | 'gzip'): number | undefined {
    const known = this.#find(place);
    if (known === undefined) return undefined;
    return coding === 'deflate' ? known.length : known.length + GZIP_HEAD.length + GZIP_TAIL - 6;
  }

  /** The stream, for the caller to keep; `size` has found it before. */
  read(place: number, coding: 'deflate' | 'gzip'): Uint8Array {
    const known = this.#find(place);
    if (known === undefined) throw new RangeError('no stored stream');
    const { dataOffset, length, crc, size } = known;
    if (coding === 'deflate') return readExact(this.#pack, dataOffset, length).slice();
    const raw = length - ZLIB_HEAD - ZLIB_TAIL;
    const gzip = new Uint8Array(GZIP_HEAD.length + raw + GZIP_TAIL);
    gzip.set(GZIP_HEAD);
    gzip.set(readExact(this.#pack, dataOffset + ZLIB_HEAD, raw), GZIP_HEAD.length);
    const tail = new DataView(gzip.buffer, GZIP_HEAD.length + raw);
    tail.setUint32(0, crc, true);
    tail.setUint32(4, size, true);
    return gzip;
  }

  #find(place: number): Known | undefined {
    if (this.#known.has(place)) return this.#known.get(place);
    const known = this.#measure(place);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(place, known);
    return known;
  }

  #measure(place: number): Known | undefined {
    const { type, size, dataOffset } = readEntryHeader(this.#pack, place);
    if (type !== OBJECT_BLOB || size > MAX_SIZE) return undefined;
    // A stream of stored blocks is larger than its content, by 5 bytes for every 16 KiB at most.
    const most = size + (size >> 11) + 64;
    const stream = peekBytes(this.#pack, dataOffset, Math.min(most, this.#pack.size - dataOffset));
    try {
      const { buffer, engine } = inflateSync(stream, {
        info: true,
        maxOutputLength: size + 1,
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
      if (buffer.length !== size) return undefined;
      return { dataOffset, length: engine.bytesWritten, crc: crc32(buffer), size };
    } catch {
      return undefined;
    }
  }
}
