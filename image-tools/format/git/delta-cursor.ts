import { FormatError } from '../base/errors.ts';

/** Goes through the instructions of a delta, each of which it checks against the delta's own end. */
export class DeltaCursor {
  readonly #delta: Uint8Array;
  /** Where the next instruction stands. */
  at: number;
  /** The instruction: `length` bytes from `from` on, of the base if it copies, else of the delta itself. */
  copies = false;
  from = 0;
  length = 0;

  /** Begins at `at`, where an instruction stands. */
  constructor(delta: Uint8Array, at: number) {
    this.#delta = delta;
    this.at = at;
  }

  /** Goes to the next instruction; false after the last one. @throws FormatError BAD_DELTA */
  next(): boolean {
    const delta = this.#delta;
    if (this.at >= delta.length) return false;
    const op = delta[this.at++] as number;
    if (op === 0) throw new FormatError('BAD_DELTA', 'reserved delta instruction 0');
    this.copies = op >= 128;
    if (this.copies) {
      let from = 0;
      let length = 0;
      for (let bit = 0; bit < 4; bit++) {
        if (op & (1 << bit)) from += (delta[this.at++] as number) * 2 ** (8 * bit);
      }
      for (let bit = 0; bit < 3; bit++) {
        if (op & (16 << bit)) length += (delta[this.at++] as number) * 2 ** (8 * bit);
      }
      this.from = from;
      this.length = length === 0 ? 0x10000 : length;
    } else {
      this.from = this.at;
      this.length = op;
      this.at += op;
    }
    if (this.at > delta.length) {
      throw new FormatError('BAD_DELTA', 'a delta ends inside an instruction');
    }
    return true;
  }
}
