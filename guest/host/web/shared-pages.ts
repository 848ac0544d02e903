/** Paths whose pages are shared; the oldest is forgotten. */
const MAX_PATHS = 4096;

/**
 * Pages that were made and are still being sent. Whoever asks meanwhile shares them: those of large folders have
 * megabytes, and a client decides how long it takes to read one.
 */
export class SharedPages {
  /** The memory, since a socket keeps that, and not the array that it was given. */
  readonly #pages = new Map<string, WeakRef<ArrayBuffer>>();

  /** @param make makes all of the page, in memory of its own */
  get(path: string, make: () => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const shared = this.#pages.get(path)?.deref();
    if (shared !== undefined) return new Uint8Array(shared);
    const page = make();
    for (const [oldest] of this.#pages) {
      if (this.#pages.size < MAX_PATHS) break;
      this.#pages.delete(oldest);
    }
    // A copy of a page that shares its memory with others would be a page of all of that.
    const whole = page.byteLength === page.buffer.byteLength ? page : page.slice();
    this.#pages.set(path, new WeakRef(whole.buffer));
    return whole;
  }
}
