import { type EntryDecoder, OBJECT_BLOB, type PackOffset } from '#format';
import { FewPieces, type PieceStore } from './few-pieces.ts';
import type { ObjectCache } from './object-cache.ts';

/** More pieces than an object has that can be named in a key. */
const MAX_PIECES = 4095;

/** Pieces of a large object among the objects of a cache, which has room for more than a few of them. */
export class CachedPieces implements PieceStore {
  readonly #cache: ObjectCache;
  readonly #decoder: Pick<EntryDecoder, 'memory'>;
  readonly #packOffset: PackOffset;
  /** For what finds no room in the cache. */
  #others: FewPieces | undefined;

  /** `decoder` has the memory of `cache`; the object's entry begins at `packOffset`. */
  constructor(cache: ObjectCache, decoder: Pick<EntryDecoder, 'memory'>, packOffset: PackOffset) {
    this.#cache = cache;
    this.#decoder = decoder;
    this.#packOffset = packOffset;
  }

  get byteLength(): number {
    return this.#others?.byteLength ?? 0;
  }

  find(number: number): Uint8Array | undefined {
    const known = this.#others?.find(number);
    if (known !== undefined) return known;
    const slot = this.#cache.find(this.#keyOf(number));
    return slot && this.#decoder.memory.subarray(slot.start, slot.end);
  }

  load(number: number, size: number, fill: (piece: Uint8Array) => void): Uint8Array {
    const key = this.#keyOf(number);
    const isKey = number < MAX_PIECES && Number.isSafeInteger(key);
    const address = isKey ? this.#cache.reserve(size, 0) : undefined;
    if (address === undefined) {
      this.#others ??= new FewPieces();
      return this.#others.load(number, size, fill);
    }
    const piece = this.#decoder.memory.subarray(address, address + size);
    fill(piece);
    this.#cache.commit(key, OBJECT_BLOB, size, 0);
    return piece;
  }

  /** No entry begins before the PACK. */
  #keyOf(number: number): number {
    return -(this.#packOffset * (MAX_PIECES + 1) + number + 1);
  }
}
