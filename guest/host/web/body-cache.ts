/** What an entry takes beside its bytes. */
const ENTRY_BYTES = 200;
/** Larger ones are not kept, so that they do not push out many small ones. */
const LARGEST_SHARE = 1 / 16;

/** Bodies that were sent last, by what they are: at most so many bytes of them. */
export class BodyCache {
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @param make gives the body if it is not kept, for the cache to keep */
  get(key: string, make: () => Uint8Array): Uint8Array {
    const kept = this.#bodies.get(key);
    if (kept !== undefined) {
      this.#bodies.delete(key);
      this.#bodies.set(key, kept);
      return kept;
    }
    const body = make();
    const cost = body.length + ENTRY_BYTES;
    if (cost > this.#maxBytes * LARGEST_SHARE) return body;
    this.#bodies.set(key, body);
    this.#bytes += cost;
    for (const [oldest, { length }] of this.#bodies) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#bodies.delete(oldest);
      this.#bytes -= length + ENTRY_BYTES;
    }
    return body;
  }
}
