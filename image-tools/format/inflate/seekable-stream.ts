import { FormatError } from '../base/errors.ts';
import { type ByteSource, readExact } from '../bytes/byte-source.ts';
import { HISTORY_SIZE } from '../wasm/objects/memory-map.ts';
import { InflatePieces, type InflateState } from './inflate-pieces.ts';
import { PiecesPool } from './pieces-pool.ts';

/** What a large file is deflated in, where each part begins afresh, in bytes before compression. */
export const RESTART_SIZE = 1 << 20;
/** Bytes of a zlib stream before its first block. */
const ZLIB_HEADER_SIZE = 2;
/** Where the first block of a zlib stream begins. */
export function firstBlockOf(offset: number): number {
  return offset + ZLIB_HEADER_SIZE;
}

/**
 * Places that are remembered of one stream; each takes 32 KiB. Up to 112 MiB they are at most two parts of
 * {@link RESTART_SIZE} apart.
 */
const MAX_STATES = 56;
/** What an inflater takes, in bytes. */
const INFLATER_BYTES = 0x40000;
const NOTHING = new Uint8Array(0);

/** A place of a stream, by how many bytes it gives before. */
interface Mark extends InflateState {
  readonly at: number;
}

/** The place of a zlib stream in its source, and what is known about it. */
export interface StreamPlace {
  readonly source: ByteSource;
  /** Where it begins in the source. */
  readonly offset: number;
  /** Its inflated size in bytes, and at least what its bytes can give: for the caller to check. */
  readonly size: number;
  /**
   * Where in the source each {@link RESTART_SIZE} bytes of it begin afresh, the first ones too; from there
   * nothing refers to what is before.
   */
  readonly restarts?: Float64Array | undefined;
}

/** A zlib stream of which any part can be read, and which is never held whole. */
export interface PartReader {
  /** Inflated, in bytes. */
  readonly size: number;
  /** Memory that it holds at present, in bytes, if that is worth counting. */
  readonly byteLength?: number;
  /**
   * From now on no place is remembered that is not yet, and the checksum is not compared: for a caller that
   * found all of it right, and compares what is read later by itself.
   */
  freeze(): void;
  /** Forgets where it is, so that the next part is read from the last place before it. */
  goBack(): void;
  /**
   * Fills `out` with the bytes from `offset`, where the stream has as many. Where the source throws, the same
   * part can be asked for again. @throws FormatError BAD_ZLIB, TRUNCATED
   */
  readInto(out: Uint8Array, offset: number): void;
  /** Gives its memory back: the next part begins anew. */
  release?(): void;
}

/**
 * A zlib stream that is read anywhere, piece by piece, and never held whole. A part costs no more than what
 * stands before it since the last restart; of a stream without restarts, places are remembered on the way,
 * the further apart the longer it is. Each has memory of its own, of 256 KiB to 1 MiB.
 *
 * The checksum is compared when the end is reached by reading from the start.
 */
export class SeekableStream implements PartReader {
  readonly size: number;
  readonly #place: StreamPlace;
  readonly #pool: PiecesPool;
  /** Undefined while none is needed. */
  #pieces: InflatePieces | undefined;
  readonly #marks: Mark[] = [];
  #spacing = RESTART_SIZE;
  /** Behind this byte places are still to be remembered. */
  #marked = 0;
  /** The current piece, a view of the inflater's memory, and where it begins and ends in the stream. */
  #piece: Uint8Array = NOTHING;
  #from = 0;
  #to = 0;
  #isOpen = false;
  #isFrozen = false;

  /** Borrows inflaters of `pool`. */
  constructor(place: StreamPlace, pool: PiecesPool = new PiecesPool()) {
    this.#place = place;
    this.#pool = pool;
    this.size = place.size;
  }

  get byteLength(): number {
    const inflater = this.#pieces === undefined ? 0 : INFLATER_BYTES;
    return inflater + this.#marks.length * HISTORY_SIZE;
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#isOpen = false;
  }

  goBack(): void {
    this.#isOpen = false;
  }

  release(): void {
    this.#isOpen = false;
    this.#piece = NOTHING;
    if (this.#pieces !== undefined) this.#pool.give(this.#pieces);
    this.#pieces = undefined;
    this.#forgetMarks();
  }

  readInto(out: Uint8Array, offset: number): void {
    if (offset + out.length > this.size) {
      throw new RangeError(`bytes ${offset} to ${offset + out.length} of ${this.size}`);
    }
    try {
      for (let done = 0; done < out.length; ) {
        const at = offset + done;
        if (!this.#isOpen || at < this.#from || at > this.#to) this.#moveNear(at);
        while (at >= this.#to) this.#next();
        const part = this.#piece.subarray(at - this.#from, at - this.#from + out.length - done);
        out.set(part, done);
        done += part.length;
      }
      // The end and the checksum belong to the last byte.
      if (offset + out.length === this.size && this.#to === this.size) this.#finish();
    } catch (error) {
      this.#isOpen = false;
      // What was read before the fault showed may be wrong as well. Where bytes are missing, nothing is wrong.
      if (!this.#isFrozen && error instanceof FormatError) this.#forgetMarks();
      throw error;
    }
  }

  /** Goes to the last known place before `at`, unless the stream is nearer. */
  #moveNear(at: number): void {
    const mark = this.#lastBefore(at);
    if (this.#isOpen && this.#to <= at && (mark?.at ?? 0) <= this.#to) return;
    const { source, offset, size } = this.#place;
    this.#isOpen = false;
    this.#from = this.#to = mark?.at ?? 0;
    const state = mark ?? startOf(source, offset);
    const known = this.#isFrozen ? { ...state, checksum: undefined } : state;
    this.#pieces ??= this.#pool.take();
    this.#pieces.resume(source, known, size - this.#to);
    this.#isOpen = true;
  }

  #lastBefore(at: number): Mark | undefined {
    const { restarts } = this.#place;
    if (restarts !== undefined) {
      const number = Math.min(Math.floor(at / RESTART_SIZE), restarts.length - 1);
      if (number === 0) return undefined;
      return { at: number * RESTART_SIZE, ...afresh(restarts[number] as number, undefined) };
    }
    return this.#marks.findLast((mark) => mark.at <= at);
  }

  #next(): void {
    const piece = this.#pieces?.next();
    if (piece === undefined) {
      throw new FormatError('BAD_ZLIB', 'a zlib stream ends before its promised size', {
        offset: this.#place.offset,
      });
    }
    this.#piece = piece;
    this.#from = this.#to;
    this.#to += piece.length;
    if (this.#place.restarts !== undefined || this.#isFrozen) return;
    if (this.#to >= this.#marked + this.#spacing) this.#mark();
  }

  /** Reads to the end of the stream, which overwrites the current piece. */
  #finish(): void {
    while (this.#pieces?.next() !== undefined);
    this.#isOpen = false;
  }

  #forgetMarks(): void {
    for (const { history } of this.#marks) this.#pool.giveHistory(history);
    this.#marks.length = 0;
    this.#marked = 0;
    this.#spacing = RESTART_SIZE;
  }

  #mark(): void {
    const pieces = this.#pieces;
    if (pieces === undefined || !pieces.isBetweenBlocks) return;
    const state = pieces.saveState(this.#pool.takeHistory());
    this.#marks.push({ at: this.#to, ...state });
    this.#marked = this.#to;
    if (this.#marks.length < MAX_STATES) return;
    // Every other one goes, and those to come are as far apart.
    const kept = this.#marks.filter((_, i) => i % 2 === 1);
    for (const [i, { history }] of this.#marks.entries()) {
      if (i % 2 === 0) this.#pool.giveHistory(history);
    }
    this.#marks.splice(0, this.#marks.length, ...kept);
    this.#spacing *= 2;
  }
}

/** The start of a stream: where its first block begins. @throws FormatError BAD_ZLIB, TRUNCATED */
function startOf(source: ByteSource, offset: number): InflateState {
  const header = readExact(source, offset, ZLIB_HEADER_SIZE);
  const [method = 0, flags = 0] = header;
  // Deflate, a window of at most 32 KiB, no preset dictionary: RFC 1950, section 2.2.
  const isSound = (method * 256 + flags) % 31 === 0 && (method & 15) === 8 && method >> 4 <= 7;
  if (!isSound || (flags & 32) !== 0) {
    throw new FormatError('BAD_ZLIB', 'not a zlib stream', { offset });
  }
  return afresh(firstBlockOf(offset), 1);
}

/** A place from which nothing refers to what is before. */
function afresh(inputAt: number, checksum: number | undefined): InflateState {
  return { inputAt, bitsLeft: 0, bitValue: 0, history: NOTHING, checksum };
}

/**
 * Where each {@link RESTART_SIZE} bytes of a stream begin, if it was deflated in such parts: each ends with an
 * empty stored block, and nothing in it refers to what is before it. Undefined of any other stream, most of
 * which show that by their first part.
 * @throws FormatError TRUNCATED
 */
export function findRestarts({ source, offset, size }: StreamPlace): Float64Array | undefined {
  const count = Math.ceil(size / RESTART_SIZE);
  const restarts = new Float64Array(count);
  const pieces = new InflatePieces();
  const memory = new Uint8Array(HISTORY_SIZE);
  try {
    let state = startOf(source, offset);
    for (let part = 0; part < count; part++) {
      restarts[part] = state.inputAt;
      const left = size - part * RESTART_SIZE;
      pieces.resume(source, { ...state, checksum: undefined }, left);
      let given = 0;
      while (given < Math.min(RESTART_SIZE, left)) {
        const piece = pieces.next();
        if (piece === undefined) return undefined;
        given += piece.length;
      }
      if (part === count - 1) break;
      if (given !== RESTART_SIZE || !pieces.isBetweenBlocks) return undefined;
      const block = pieces.next();
      if (block?.length !== 0 || !pieces.isBetweenBlocks) return undefined;
      const end = pieces.saveState(memory);
      if (end.bitsLeft !== 0) return undefined;
      state = afresh(end.inputAt, undefined);
    }
  } catch (error) {
    if (error instanceof FormatError && error.code === 'BAD_ZLIB') return undefined;
    throw error;
  }
  return restarts;
}
