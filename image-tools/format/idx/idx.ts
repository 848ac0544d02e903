import { FormatError } from '../base/errors.ts';
import type { PackOffset } from '../base/offsets.ts';
import {
  type ByteSource,
  memorySource,
  peekBytes,
  readExact,
  readOnce,
} from '../bytes/byte-source.ts';
import { copyRange, decodeU32BE, decodeU64BE } from '../bytes/bytes.ts';
import { compareOidAt, OID_LENGTH, type Oid } from '../git/oid.ts';
import { PACK_HEADER_SIZE, PACK_TRAILER_SIZE } from '../git/pack-header.ts';
import {
  IDX_LARGE,
  IDX_MAGIC,
  IDX_MIN_SIZE,
  IDX_TRAILER_SIZE,
  IDX_VERSION,
  type IdxLayout,
  idxLayout,
  idxSize,
} from './idx-layout.ts';

/** After this many guesses, the ids are not spread like hashes: binary search limits the rest. */
const MAX_GUESSES = 8;
/** Ids that are looked at together with the one guessed: the next guess is often just before it. */
const ROWS_BEFORE = 16;
const NOTHING = new Uint8Array(0);

/**
 * The IDX of an image, searched where it stands: of it only the fan-out is loaded, a look-up reads a
 * few windows of the table of ids. An entry's number is its rank among the ids.
 */
export class Idx {
  /** Number of objects. */
  readonly count: number;
  readonly #source: ByteSource;
  readonly #packSpan: number;
  readonly #layout: IdxLayout;
  /** Magic, version and fan-out, as they are stored: every look-up needs the latter. */
  #head: Uint8Array | undefined;

  /**
   * Checks header and geometry. `source` begins with the IDX and may go on after it; `packSpan`
   * is the number of bytes that PACK and padding take together. Where the number of objects, `count`, is
   * known, the header is read and checked when a look-up first needs it.
   * @throws FormatError TRUNCATED, BAD_IDX
   */
  constructor(source: ByteSource, packSpan: number, count?: number) {
    if (source.size < IDX_MIN_SIZE) {
      throw new FormatError('TRUNCATED', `no room for an IDX in ${source.size} bytes`);
    }
    this.#source = source;
    this.#packSpan = packSpan;
    if (count === undefined) this.#head = readHead(source);
    this.count = count ?? countIn(this.#head as Uint8Array);
    this.#layout = idxLayout(this.count);
    if (this.#layout.largeOffsetsAt + IDX_TRAILER_SIZE > source.size) {
      throw new FormatError('BAD_IDX', `no room for ${this.count} objects in the IDX`);
    }
  }

  /**
   * The entry's number of the object `oid`, undefined if the PACK does not hold it.
   * @throws FormatError BAD_IDX if the fan-out falls or exceeds the count
   */
  find(oid: Oid): number | undefined {
    const { row, isThere } = this.#search(oid);
    return isThere ? row : undefined;
  }

  /**
   * The number of the only object whose id begins with these 32 bits; undefined if there is none, or more than one.
   * @throws FormatError BAD_IDX
   */
  findStart(start: number): number | undefined {
    const oid = new Uint8Array(OID_LENGTH);
    new DataView(oid.buffer).setUint32(0, start);
    const { row } = this.#search(oid);
    const begins = (entry: number) => {
      if (entry >= this.count) return false;
      return decodeU32BE(this.#table(this.#layout.oidsAt, entry, OID_LENGTH), 0) === start;
    };
    return begins(row) && !begins(row + 1) ? row : undefined;
  }

  /** The row of an id, or of the next id above it. */
  #search(oid: Oid): { readonly row: number; readonly isThere: boolean } {
    const head = this.#loadHead();
    const first = oid[0] as number;
    let low = first === 0 ? 0 : this.#fanOut(head, first - 1);
    let high = this.#fanOut(head, first);
    if (low > high || high > this.count) {
      throw new FormatError('BAD_IDX', 'the fan-out table decreases', {
        offset: this.#layout.fanOutAt,
      });
    }
    // Ids are hashes, so they spread evenly: where between the known neighbours must this one be?
    const key = decodeU32BE(oid, 0);
    let lowKey = first * 0x1000000;
    let highKey = lowKey + 0x1000000;
    const { oidsAt } = this.#layout;
    // One window does for all guesses that lie near each other.
    let view: Uint8Array = NOTHING;
    let firstRow = 0;
    for (let guesses = 0; low < high; guesses++) {
      const span = high - low;
      const middle =
        guesses < MAX_GUESSES
          ? low + Math.min(span - 1, Math.floor(((key - lowKey) / (highKey - lowKey)) * span))
          : low + Math.floor(span / 2);
      let at = (middle - firstRow) * OID_LENGTH;
      if (at < 0 || at + OID_LENGTH > view.length) {
        firstRow = Math.max(low, middle - ROWS_BEFORE);
        at = (middle - firstRow) * OID_LENGTH;
        view = peekBytes(this.#source, oidsAt + firstRow * OID_LENGTH, at + OID_LENGTH);
      }
      const order = compareOidAt(oid, view, at);
      if (order === 0) return { row: middle, isThere: true };
      const middleKey = decodeU32BE(view, at);
      if (order < 0) {
        high = middle;
        highKey = middleKey + 1;
      } else {
        low = middle + 1;
        lowKey = middleKey;
      }
    }
    return { row: low, isThere: false };
  }

  /**
   * The same with all of it in memory, for many look-ups; itself if that takes more than `maxSize`
   * bytes. @throws FormatError TRUNCATED
   */
  load(maxSize: number): Idx {
    const size = this.loadSize;
    if (size > maxSize) return this;
    return new Idx(memorySource(readExact(this.#source, 0, size)), this.#packSpan);
  }

  /** How many bytes, from the start of the IDX, hold all of its tables. */
  get loadSize(): number {
    return Math.min(this.#source.size, idxSize(this.count, this.count));
  }

  /** Fills `out` with the bytes of the IDX, from its start. @throws FormatError TRUNCATED */
  copyTo(out: Uint8Array): void {
    readOnce(this.#source, 0, out);
  }

  /** Where the object `oid` stands in the PACK, undefined if it does not. @throws FormatError BAD_IDX */
  lookUp(oid: Oid): PackOffset | undefined {
    const entry = this.find(oid);
    return entry === undefined ? undefined : this.packOffsetOf(entry);
  }

  /** The id of an entry, as a copy. */
  oidOf(entry: number): Oid {
    return copyRange(this.#table(this.#layout.oidsAt, entry, OID_LENGTH), 0, OID_LENGTH);
  }

  /** The CRC-32 of an entry of the PACK, header and compressed bytes. */
  crcOf(entry: number): number {
    return decodeU32BE(this.#table(this.#layout.crcsAt, entry, 4), 0);
  }

  /** Where an entry stands in the PACK. @throws FormatError BAD_IDX if that is outside the PACK */
  packOffsetOf(entry: number): PackOffset {
    let packOffset = decodeU32BE(this.#table(this.#layout.offsetsAt, entry, 4), 0);
    if (packOffset >= IDX_LARGE) {
      const row = packOffset - IDX_LARGE;
      const at = this.#layout.largeOffsetsAt + 8 * row;
      if (row >= this.count || at + 8 + IDX_TRAILER_SIZE > this.#source.size) {
        throw new FormatError('BAD_IDX', 'a large offset points outside its table', { offset: at });
      }
      packOffset = decodeU64BE(peekBytes(this.#source, at, 8), 0);
    }
    if (packOffset < PACK_HEADER_SIZE || packOffset >= this.#packSpan - PACK_TRAILER_SIZE) {
      throw new FormatError('BAD_IDX', `entry ${entry} lies outside the PACK, at ${packOffset}`);
    }
    return packOffset;
  }

  /** @throws FormatError BAD_IDX where it is of another number of objects */
  #loadHead(): Uint8Array {
    if (this.#head !== undefined) return this.#head;
    const head = readHead(this.#source);
    const count = countIn(head);
    if (count !== this.count) {
      throw new FormatError('BAD_IDX', `${count} objects in the IDX, ${this.count} in the PACK`);
    }
    this.#head = head;
    return head;
  }

  #fanOut(head: Uint8Array, byte: number): number {
    return decodeU32BE(head, this.#layout.fanOutAt + 4 * byte);
  }

  #table(at: number, row: number, rowSize: number): Uint8Array {
    return peekBytes(this.#source, at + row * rowSize, rowSize);
  }
}

/** @throws FormatError TRUNCATED, BAD_IDX */
function readHead(source: ByteSource): Uint8Array {
  const head = readExact(source, 0, idxLayout(0).oidsAt);
  if (decodeU32BE(head, 0) !== IDX_MAGIC) {
    throw new FormatError('BAD_IDX', 'no IDX magic', { offset: 0 });
  }
  const version = decodeU32BE(head, 4);
  if (version !== IDX_VERSION) {
    throw new FormatError('BAD_IDX', `IDX version ${version}, not ${IDX_VERSION}`, { offset: 4 });
  }
  return head;
}

function countIn(head: Uint8Array): number {
  return decodeU32BE(head, head.length - 4);
}
