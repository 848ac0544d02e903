import { DeltaCursor, decodeDeltaSizes, FormatError, type PartReader } from '#format';
import { FewPieces, type PieceStore } from './few-pieces.ts';
import { PIECE } from './pieces.ts';

/** What parts are read of. */
export type Parts = Pick<PartReader, 'size' | 'byteLength' | 'readInto' | 'release'>;

/** An instruction is looked for from the last one of so many. */
const MARK_EVERY = 16;
/** Pieces of the base that one call may read, and as many again for each piece that it asks for. */
const MOST_PIECES = 12;
/** The same of instructions that are gone through: some tens of milliseconds. */
const MOST_STEPS = 1 << 21;

/** A delta that takes its bytes from so many places that it is cheaper to build all of it. */
export class ScatteredDelta extends Error {
  override readonly name = 'ScatteredDelta';
}

/** A delta, in memory, checked whole: all that it copies lies in its base. */
class Layer {
  readonly delta: Uint8Array;
  readonly size: number;
  readonly baseSize: number;
  /** Of every so many instructions: what they give stands behind so many bytes, and where they stand. */
  readonly #outs: number[] = [];
  readonly #ats: number[] = [];

  /** @throws FormatError BAD_DELTA */
  constructor(delta: Uint8Array) {
    const { baseSize, resultSize, instructionsAt } = decodeDeltaSizes(delta);
    this.delta = delta;
    this.size = resultSize;
    this.baseSize = baseSize;
    const cursor = new DeltaCursor(delta, instructionsAt);
    let done = 0;
    for (let count = 0; ; count++) {
      if (count % MARK_EVERY === 0) {
        this.#outs.push(done);
        this.#ats.push(cursor.at);
      }
      if (!cursor.next()) break;
      if (cursor.copies && cursor.from + cursor.length > baseSize) {
        throw new FormatError('BAD_DELTA', 'a delta instruction reaches outside its bounds');
      }
      done += cursor.length;
    }
    if (done !== resultSize) {
      throw new FormatError('BAD_DELTA', `a delta gives ${done} bytes, not ${resultSize}`);
    }
  }

  get byteLength(): number {
    return this.delta.length + 16 * this.#outs.length;
  }

  /** The last known instruction that gives a byte at or before `offset`: where that is, and where it stands. */
  before(offset: number): { readonly out: number; readonly at: number } {
    let low = 0;
    let high = this.#outs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#outs[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { out: this.#outs[low] as number, at: this.#ats[low] as number };
  }
}

/**
 * A large object that a chain of deltas gives, read in parts and never built: each part is put together of
 * what the deltas hold and of pieces of the object at the chain's end. The deltas are in memory, and some
 * pieces.
 */
export class DeltaParts implements Parts {
  readonly size: number;
  readonly #layers: readonly Layer[];
  readonly #base: Parts;
  readonly #pieces: PieceStore;
  #piecesLeft = 0;
  #stepsLeft = 0;

  /**
   * `deltas`, one or more, the object's own first; `base` is what the last of them is against, whose pieces are kept
   * in `pieces`.
   * @throws FormatError BAD_DELTA
   */
  constructor(deltas: readonly Uint8Array[], base: Parts, pieces: PieceStore = new FewPieces()) {
    this.#layers = deltas.map((delta) => new Layer(delta));
    this.#base = base;
    this.#pieces = pieces;
    this.#layers.forEach(({ baseSize }, i) => {
      const actual = this.#layers[i + 1]?.size ?? base.size;
      if (baseSize !== actual) {
        throw new FormatError('BAD_DELTA', `base of ${actual} bytes, not ${baseSize}`);
      }
    });
    this.size = this.#layers[0]?.size ?? base.size;
  }

  get byteLength(): number {
    const held = this.#layers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return held + this.#pieces.byteLength;
  }

  /**
   * Fills `out` with the bytes from `offset`, where there are as many.
   * @throws ScatteredDelta where too much of the base would be read for it
   * @throws FormatError as the base does
   */
  readInto(out: Uint8Array, offset: number): void {
    if (offset + out.length > this.size) {
      throw new RangeError(`bytes ${offset} to ${offset + out.length} of ${this.size}`);
    }
    const asked = 1 + Math.ceil(out.length / PIECE);
    this.#piecesLeft = MOST_PIECES * asked;
    this.#stepsLeft = MOST_STEPS * asked;
    this.#read(0, out, offset);
  }

  /** As deep as there are layers, which the caller bounds. */
  #read(level: number, out: Uint8Array, offset: number): void {
    const layer = this.#layers[level];
    if (layer === undefined) {
      this.#readBase(out, offset);
      return;
    }
    let { out: at, at: start } = layer.before(offset);
    const cursor = new DeltaCursor(layer.delta, start);
    for (let done = 0; done < out.length && cursor.next(); at += cursor.length) {
      this.#stepsLeft -= 1;
      if (this.#stepsLeft < 0) throw new ScatteredDelta('a part consists of too many pieces');
      const skip = offset + done - at;
      if (skip >= cursor.length) continue;
      const length = Math.min(cursor.length - skip, out.length - done);
      const from = cursor.from + skip;
      const part = out.subarray(done, done + length);
      if (cursor.copies) this.#read(level + 1, part, from);
      else part.set(layer.delta.subarray(from, from + length));
      done += length;
    }
  }

  #readBase(out: Uint8Array, offset: number): void {
    for (let done = 0; done < out.length; ) {
      const number = Math.floor((offset + done) / PIECE);
      const from = offset + done - number * PIECE;
      const bytes = this.#piece(number).subarray(from, from + out.length - done);
      out.set(bytes, done);
      done += bytes.length;
    }
  }

  #piece(number: number): Uint8Array {
    const known = this.#pieces.find(number);
    if (known !== undefined) return known;
    if (this.#piecesLeft === 0) throw new ScatteredDelta('a delta copies from all over its base');
    this.#piecesLeft -= 1;
    const at = number * PIECE;
    const size = Math.min(PIECE, this.#base.size - at);
    return this.#pieces.load(number, size, (piece) => this.#base.readInto(piece, at));
  }
}
