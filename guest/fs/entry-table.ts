import { grown } from '../art/index.ts';
import type { Kind } from './file-system.ts';
import { KINDS } from './kind.ts';

const WORDS = 3;
const KIND_SHIFT = 24;
const HIGH_MASK = (1 << KIND_SHIFT) - 1;
const TWO_32 = 2 ** 32;

/** Kind, rank and value of entries, in 12 bytes each; they are known by their row. */
export class EntryTable {
  /** Three words a row: the rank, the value's low half, the value's high half below the kind. */
  #words = new Uint32Array(64 * WORDS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Adds a row; `rank` has 32 bits, `value` is a safe integer. */
  add(kind: Kind, rank: number, value: number): void {
    const at = this.#count * WORDS;
    if (at + WORDS > this.#words.length) this.#words = grown(this.#words, at + WORDS);
    this.#count += 1;
    this.#words[at] = rank;
    this.#words[at + 1] = value % TWO_32;
    this.#words[at + 2] = Math.floor(value / TWO_32) | (KINDS.indexOf(kind) << KIND_SHIFT);
  }

  kindOf(row: number): Kind {
    return KINDS[this.#word(row, 2) >>> KIND_SHIFT] as Kind;
  }

  rankOf(row: number): number {
    return this.#word(row, 0);
  }

  valueOf(row: number): number {
    return (this.#word(row, 2) & HIGH_MASK) * TWO_32 + this.#word(row, 1);
  }

  /** Gives back the memory kept for growth. */
  compact(): void {
    this.#words = this.#words.slice(0, this.#count * WORDS);
  }

  #word(row: number, word: number): number {
    return this.#words[row * WORDS + word] as number;
  }
}
