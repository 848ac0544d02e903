import { PIECE } from './pieces.ts';

/** Pieces that are kept. */
const KEPT = 2;

/** Pieces of a large object, by their numbers. */
export interface PieceStore {
  /** Memory that it has for itself, in bytes. */
  readonly byteLength: number;
  /** A piece that is at hand, borrowed until the next call. */
  find(number: number): Uint8Array | undefined;
  /** Keeps a piece of `size` bytes, {@link PIECE} at most, that `fill` writes; borrowed until the next call. */
  load(number: number, size: number, fill: (piece: Uint8Array) => void): Uint8Array;
}

/** The pieces used last, in memory that is used again: new memory would wait for a collection. */
export class FewPieces implements PieceStore {
  readonly byteLength = KEPT * PIECE;
  /** In the order of use. */
  readonly #pieces = new Map<number, Uint8Array<ArrayBuffer>>();
  #unused: ArrayBuffer | undefined;

  find(number: number): Uint8Array | undefined {
    const piece = this.#pieces.get(number);
    if (piece === undefined) return undefined;
    this.#pieces.delete(number);
    this.#pieces.set(number, piece);
    return piece;
  }

  load(number: number, size: number, fill: (piece: Uint8Array) => void): Uint8Array {
    const buffer = this.#takeBuffer();
    // Where it cannot be filled, the buffer is for the next one.
    this.#unused = buffer;
    const piece = new Uint8Array(buffer, 0, size);
    fill(piece);
    this.#unused = undefined;
    this.#pieces.set(number, piece);
    return piece;
  }

  #takeBuffer(): ArrayBuffer {
    if (this.#unused !== undefined) return this.#unused;
    for (const [oldest, { buffer }] of this.#pieces) {
      if (this.#pieces.size < KEPT) break;
      this.#pieces.delete(oldest);
      return buffer;
    }
    return new ArrayBuffer(PIECE);
  }
}
