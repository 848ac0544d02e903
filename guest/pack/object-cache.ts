import type { ObjectType, PackOffset } from '#format';

/** An object out of the PACK. Whoever holds one must not write into it. */
export interface PackObject {
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

/** What an object costs beside its content, in bytes: headers of the map's entry and the view. */
const OVERHEAD = 200;
/** One object may take this part of the cache: a big one would evict all the others. */
const LARGEST_SHARE = 1 / 4;

/** The objects used last, by their PACK offset, within a bound in bytes. */
export class ObjectCache {
  readonly #budget: number;
  /** In the order of use: a Map keeps that of insertion. */
  readonly #objects = new Map<PackOffset, PackObject>();
  #bytes = 0;

  /** `budget` bytes; 0 keeps nothing. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  has(packOffset: PackOffset): boolean {
    return this.#objects.has(packOffset);
  }

  get(packOffset: PackOffset): PackObject | undefined {
    const object = this.#objects.get(packOffset);
    if (object === undefined) return undefined;
    this.#objects.delete(packOffset);
    this.#objects.set(packOffset, object);
    return object;
  }

  /** Keeps an object, unless it is too big. */
  add(packOffset: PackOffset, object: PackObject): void {
    if (this.#objects.has(packOffset)) return;
    const cost = object.content.length + OVERHEAD;
    if (cost > this.#budget * LARGEST_SHARE) return;
    this.#bytes += cost;
    for (const [oldest, { content }] of this.#objects) {
      if (this.#bytes <= this.#budget) break;
      this.#objects.delete(oldest);
      this.#bytes -= content.length + OVERHEAD;
    }
    this.#objects.set(packOffset, object);
  }
}
