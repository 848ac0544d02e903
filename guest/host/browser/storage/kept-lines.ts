import type { RequestCache } from './platform.ts';

/** What is kept as one, in bytes: what a reader of images asks for at least. */
export const KEPT_BYTES = 32 * 1024;
/** An image cannot be opened without its first lines: they are never the ones that go. */
const HEAD_LINES = 2;

/** Lines of one state of an image in the browser's cache, up to a number of them; the oldest go first. */
export class KeptLines {
  readonly #cache: RequestCache;
  readonly #size: number;
  readonly #most: number;
  #writing: Promise<void> = Promise.resolve();

  /** @param size of the image; `maxBytes` may be kept */
  constructor(cache: RequestCache, size: number, maxBytes: number) {
    this.#cache = cache;
    this.#size = size;
    this.#most = Math.floor(maxBytes / KEPT_BYTES);
  }

  /** A line; undefined if it is not kept, or not whole. */
  async get(line: number): Promise<Uint8Array | undefined> {
    const response = await this.#cache.match(urlOf(line));
    if (response === undefined) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length === this.#lengthOf(line) ? bytes : undefined;
  }

  /** Keeps whole lines from `line` on, whenever there is time. What cannot be kept is not: there is the network. */
  put(line: number, bytes: Uint8Array): void {
    this.#writing = this.#writing.then(() => this.#write(line, bytes)).catch(() => {});
  }

  async #write(first: number, bytes: Uint8Array): Promise<void> {
    for (let line = first, at = 0; at < bytes.length; line++, at += KEPT_BYTES) {
      const part = bytes.slice(at, at + KEPT_BYTES);
      if (part.length === this.#lengthOf(line)) {
        await this.#cache.put(urlOf(line), new Response(part));
      }
    }
    const keys = await this.#cache.keys();
    let surplus = keys.length - this.#most;
    for (const key of keys) {
      if (surplus <= 0) return;
      if (Number(new URL(key.url).pathname.slice(1)) < HEAD_LINES) continue;
      await this.#cache.delete(key);
      surplus -= 1;
    }
  }

  #lengthOf(line: number): number {
    return Math.min(KEPT_BYTES, this.#size - line * KEPT_BYTES);
  }
}

/** Caches know their entries by addresses: this one is nobody's. */
function urlOf(line: number): string {
  return `https://docteur.invalid/${line}`;
}
