/** A line's place in memory; the bytes between `from` and `to` are those of the device. */
export class Line {
  readonly bytes: Uint8Array;
  /** Which line of the device it holds a part of. */
  number = -1;
  from = 0;
  to = 0;
  /** Its neighbours in the order of use. */
  older: Line | undefined;
  newer: Line | undefined;
  /** The next one with the same hash. */
  chained: Line | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * Lines by their numbers, in the order of their use. A Map that is kept in that order leaves its outgrown
 * tables as garbage, of which a long run makes megabytes; here nothing is allocated.
 */
export class LineTable {
  readonly #buckets: (Line | undefined)[];
  #oldest: Line | undefined;
  #newest: Line | undefined;
  #size = 0;

  /** For at most `count` lines; more are slower. */
  constructor(count: number) {
    this.#buckets = new Array(2 ** Math.ceil(Math.log2(Math.max(1, count)))).fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  get oldest(): Line | undefined {
    return this.#oldest;
  }

  get(number: number): Line | undefined {
    let line = this.#buckets[number % this.#buckets.length];
    while (line !== undefined && line.number !== number) line = line.chained;
    return line;
  }

  /** Adds a line that is not here, as the one used last; none has its number. */
  add(line: Line): void {
    const bucket = line.number % this.#buckets.length;
    line.chained = this.#buckets[bucket];
    this.#buckets[bucket] = line;
    this.#append(line);
    this.#size += 1;
  }

  /** Makes a line the one used last. */
  touch(line: Line): void {
    if (line === this.#newest) return;
    this.#unlink(line);
    this.#append(line);
  }

  remove(line: Line): void {
    const bucket = line.number % this.#buckets.length;
    let at = this.#buckets[bucket];
    if (at === line) {
      this.#buckets[bucket] = line.chained;
    } else {
      while (at !== undefined && at.chained !== line) at = at.chained;
      if (at !== undefined) at.chained = line.chained;
    }
    line.chained = undefined;
    this.#unlink(line);
    this.#size -= 1;
  }

  #append(line: Line): void {
    line.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = line;
    else this.#newest.newer = line;
    this.#newest = line;
  }

  #unlink(line: Line): void {
    const { older, newer } = line;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    line.older = line.newer = undefined;
  }
}
