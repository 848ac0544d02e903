/** 32-bit words that two processes share, and the kernel's sleep on them; see futex(2). */
export interface Words {
  load(word: number): number;
  store(word: number, value: number): void;
  add(word: number, value: number): void;
  /**
   * Sleeps while the word is `expected`, until it is woken; for no reason at all too.
   * @param limit in nanoseconds; for as long as it takes, if absent
   */
  sleep(word: number, expected: number, limit?: bigint): void;
  /** The same on another thread: returns at once, and calls `done` here. One is under way at a time. */
  sleepLater(word: number, expected: number, limit: bigint, done: () => void): void;
  /** Wakes one that sleeps on the word. */
  wake(word: number): void;
  /** Wakes all that sleep on the word. */
  wakeAll(word: number): void;
}

/**
 * A count that one side advances when it has news in shared memory, and on which the other side
 * sleeps. No news is slept through, however the steps of the two sides fall between each other: the
 * listener takes the count, looks for news, and only then sleeps while the count is still that; the
 * ringer writes the news, advances the count, and only then looks whether somebody sleeps.
 */
export class Bell {
  readonly #words: Words;
  readonly #count: number;
  readonly #sleeper: number;

  /**
   * @param count index of the word that is counted up
   * @param sleeper index of the word that is 1 while the listener sleeps, or is about to
   */
  constructor(words: Words, count: number, sleeper: number) {
    this.#words = words;
    this.#count = count;
    this.#sleeper = sleeper;
  }

  /** Take it before looking for news, and give it to the sleep if there are none. */
  get count(): number {
    return this.#words.load(this.#count);
  }

  /** There is news, in memory already. */
  ring(): void {
    this.#words.add(this.#count, 1);
    // A call of the kernel is spared while the other side is awake.
    if (this.#words.load(this.#sleeper) !== 0) this.#words.wake(this.#count);
  }

  /** Ends this process's own sleep, even one that is about to begin; other sleepers wake too. */
  interrupt(): void {
    this.#words.add(this.#count, 1);
    this.#words.wakeAll(this.#count);
  }

  /**
   * Sleeps unless the count is another by now: until it rings, or for `limit` nanoseconds. It may end
   * for no reason.
   */
  sleep(heard: number, limit?: bigint): void {
    this.#words.store(this.#sleeper, 1);
    if (this.count === heard) this.#words.sleep(this.#count, heard, limit);
    this.#words.store(this.#sleeper, 0);
  }

  /** The same without blocking this thread: `done` is called after it. */
  sleepLater(heard: number, limit: bigint, done: () => void): void {
    this.#words.store(this.#sleeper, 1);
    this.#words.sleepLater(this.#count, heard, limit, () => {
      this.#words.store(this.#sleeper, 0);
      done();
    });
  }
}
