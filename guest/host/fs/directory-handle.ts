import type { Dirent } from 'node:fs';

/** An open directory, like Node's `Dir`. Its entries are read on demand. */
export class DirectoryHandle implements AsyncIterable<Dirent> {
  readonly path: string;
  #entries: Iterator<Dirent> | undefined;

  constructor(path: string, entries: Iterable<Dirent>) {
    this.path = path;
    this.#entries = entries[Symbol.iterator]();
  }

  readSync(): Dirent | null {
    const { done, value } = this.#open().next();
    return done ? null : value;
  }

  closeSync(): void {
    this.#open();
    this.#entries = undefined;
  }

  read(): Promise<Dirent | null>;
  read(callback: (error: Error | null, entry: Dirent | null) => void): undefined;
  read(
    callback?: (error: Error | null, entry: Dirent | null) => void,
  ): Promise<Dirent | null> | undefined {
    const result = Promise.resolve().then(() => this.readSync());
    if (callback === undefined) return result;
    answer(result, callback, null);
    return undefined;
  }

  close(): Promise<void>;
  close(callback: (error: Error | null) => void): undefined;
  close(callback?: (error: Error | null) => void): Promise<void> | undefined {
    const result = Promise.resolve().then(() => this.closeSync());
    if (callback === undefined) return result;
    answer(result, callback, undefined);
    return undefined;
  }

  async *entries(): AsyncGenerator<Dirent, void, undefined> {
    try {
      for (let entry = this.readSync(); entry !== null; entry = this.readSync()) yield entry;
    } finally {
      this.#entries = undefined;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Dirent, void, undefined> {
    return this.entries();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries = undefined;
  }

  [Symbol.dispose](): void {
    this.#entries = undefined;
  }

  #open(): Iterator<Dirent> {
    if (this.#entries !== undefined) return this.#entries;
    throw Object.assign(new Error('Directory handle was closed'), { code: 'ERR_DIR_CLOSED' });
  }
}

/** Calls back outside of the promise, so that what a callback throws is the process's to see. */
function answer<T>(
  result: Promise<T>,
  callback: (error: Error | null, value: T) => void,
  nothing: T,
): void {
  result.then(
    (value) => process.nextTick(callback, null, value),
    (error) => process.nextTick(callback, error, nothing),
  );
}
