/** A small generator of random numbers (mulberry32): the same seed gives the same ones for ever. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to `bound` − 1. */
  below(bound: number): number {
    return this.word() % Math.max(1, bound);
  }

  /** True once in `odds` times. */
  oneIn(odds: number): boolean {
    return this.below(odds) === 0;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.word();
    return bytes;
  }

  /** Numbers at the edges of fields more often than others. */
  edgy(): number {
    return this.oneIn(4) ? this.word() : this.pick(EDGES) + this.below(3) - 1;
  }
}

const EDGES = [
  1,
  4,
  11,
  12,
  20,
  127,
  128,
  255,
  256,
  512,
  65_535,
  65_536,
  2 ** 24,
  2 ** 31,
  2 ** 32,
];
