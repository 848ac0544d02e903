/** Sets of numbers below a count, each of them alone at first; the least number of a set stands for it. */
export class DisjointSets {
  /** For each number one of its set that is no larger: the way to the least. */
  readonly #next: Uint32Array;

  constructor(count: number) {
    this.#next = Uint32Array.from({ length: count }, (_, number) => number);
  }

  /** The least number of the set that `number` is in. */
  leastOf(number: number): number {
    let at = number;
    while (this.#next[at] !== at) {
      // The way is halved, so that it stays short.
      const further = this.#next[this.#next[at] as number] as number;
      this.#next[at] = further;
      at = further;
    }
    return at;
  }

  /** Makes one set of two; false if they are one. */
  unite(a: number, b: number): boolean {
    const [one, other] = [this.leastOf(a), this.leastOf(b)];
    this.#next[Math.max(one, other)] = Math.min(one, other);
    return one !== other;
  }
}
