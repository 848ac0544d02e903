/** So many places are remembered at which reads go on: files that are read side by side. */
const MAX_PLACES = 8;

/** How much to fetch at a miss: twice as much each time, where misses follow one another. */
export class ReadAhead {
  readonly #most: number;
  /** By the line at which the next miss would follow: how many lines were fetched before. The oldest first. */
  readonly #places = new Map<number, number>();

  /** `most` is a number of lines. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many lines to fetch from line `first` on, `least` of which are needed. */
  linesAt(first: number, least: number): number {
    const before = this.#places.get(first) ?? 0;
    const count = Math.max(least, Math.min(before * 2, this.#most), 1);
    this.#places.delete(first);
    this.#places.set(first + count, count);
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= MAX_PLACES) break;
      this.#places.delete(oldest);
    }
    return count;
  }
}
