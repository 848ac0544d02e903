import { crc32 } from 'node:zlib';
import {
  type ByteSource,
  DEFAULT_LIMITS,
  FormatError,
  OBJECT_BLOB,
  openPack,
  readEntryHeader,
  readInto,
} from '#format';
import { createHostInflater } from '#format/host';

/** Larger files are not sent as they are stored: to find the stream's end, it is inflated once in memory. */
const MAX_SIZE = 8 << 20;
/** Memory that is kept for the next one. */
const MAX_SCRATCH = 1 << 20;
/** Streams whose end is known; 100 bytes each. */
const MAX_KNOWN = 30_000;
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
  readonly #inflater = createHostInflater();
  readonly #known = new Map<number, Known | undefined>();
  #scratch = new Uint8Array(0);

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

  /** Fills `into` with the stream from `offset` on; `size` has found it before, and all lies within. */
  fill(place: number, coding: 'deflate' | 'gzip', into: Uint8Array, offset: number): void {
    const known = this.#find(place);
    if (known === undefined) throw new RangeError('no stored stream');
    const { dataOffset, length } = known;
    if (coding === 'deflate') {
      readInto(this.#pack, dataOffset + offset, into);
      return;
    }
    const raw = length - ZLIB_HEAD - ZLIB_TAIL;
    let at = copyPart(GZIP_HEAD, offset, into, 0);
    const from = Math.max(0, offset + at - GZIP_HEAD.length);
    const count = Math.max(0, Math.min(raw - from, into.length - at));
    if (count > 0) {
      readInto(this.#pack, dataOffset + ZLIB_HEAD + from, into.subarray(at, at + count));
      at += count;
    }
    copyPart(gzipTail(known), offset + at - GZIP_HEAD.length - raw, into, at);
  }

  #find(place: number): Known | undefined {
    if (this.#known.has(place)) return this.#known.get(place);
    const known = this.#measure(place);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(place, known);
    return known;
  }

  #measure(place: number): Known | undefined {
    try {
      const { type, size, dataOffset } = readEntryHeader(this.#pack, place);
      if (type !== OBJECT_BLOB || size > MAX_SIZE) return undefined;
      const content = this.#room(size);
      const length = this.#inflater.inflate(this.#pack, dataOffset, content);
      return { dataOffset, length, crc: crc32(content), size };
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }

  #room(size: number): Uint8Array {
    if (size > MAX_SCRATCH) return new Uint8Array(size);
    if (size > this.#scratch.length) {
      this.#scratch = new Uint8Array(Math.min(MAX_SCRATCH, 2 ** Math.ceil(Math.log2(size))));
    }
    return this.#scratch.subarray(0, size);
  }
}

function gzipTail({ crc, size }: Known): Uint8Array {
  const tail = new Uint8Array(GZIP_TAIL);
  const view = new DataView(tail.buffer);
  view.setUint32(0, crc, true);
  view.setUint32(4, size, true);
  return tail;
}

/** Copies what `bytes` have from `offset` on to `into` at `at`, as far as there is room. @returns how many */
function copyPart(bytes: Uint8Array, offset: number, into: Uint8Array, at: number): number {
  if (offset >= bytes.length) return 0;
  const part = bytes.subarray(Math.max(0, offset), Math.max(0, offset) + into.length - at);
  into.set(part, at);
  return part.length;
}
