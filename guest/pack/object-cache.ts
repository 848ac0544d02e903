import type { EntryDecoder, ObjectType, Oid, PackOffset } from '#format';
import { Ring, type Slot } from './ring.ts';

/** An object out of the PACK. Whoever borrows one must not write into it. */
export interface PackObject {
  readonly type: ObjectType;
  readonly content: Uint8Array;
  /** How many deltas it was from an object that took long to make; 0 if absent. */
  readonly steps?: number;
  /** Its id, where the content has been hashed. */
  readonly oid?: Oid | undefined;
}

/** What a cache needs of a decoder. */
export type CacheMemory = Pick<EntryDecoder, 'memory' | 'start' | 'grow'>;

/** What the objects have that are soon made again, as part of the budget. */
const NEAR_SHARE = 1 / 16;
/** Larger ones, as part of that, go to the others. */
const NEAR_OBJECT_SHARE = 1 / 8;
/** So many deltas that are soon applied take long together. */
const FAR_STEPS = 8;
/** Many images never fill more, in bytes. */
const FIRST_SIZE = 0x40000;

/**
 * The objects used last, by their PACK offset, in the memory of a decoder: nothing is allocated for an
 * object.
 *
 * There are two rings. To inflate an object takes as long as to apply dozens of small deltas, and what
 * such deltas make is most of some images: it has a small ring of its own, for those that come next, and
 * does not drive out what takes long to make.
 */
export class ObjectCache {
  readonly #memory: CacheMemory;
  readonly #budget: number;
  readonly #slots = new Map<PackOffset, Slot>();
  readonly #near: Ring;
  readonly #nearSize: number;
  readonly #far: Ring;
  #isWhole = false;
  #reserved: Ring;

  /** At most `budget` bytes, 0 to keep nothing, of `memory`, which nobody else uses. */
  constructor(budget: number, memory: CacheMemory) {
    this.#memory = memory;
    this.#budget = budget;
    const { start } = memory;
    this.#nearSize = Math.floor(budget * NEAR_SHARE);
    const farStart = start + this.#nearSize;
    const end = Math.min(start + budget, farStart + FIRST_SIZE);
    memory.grow(end);
    this.#near = new Ring(memory, this.#slots, start, farStart);
    this.#far = new Ring(memory, this.#slots, farStart, end);
    this.#reserved = this.#far;
  }

  has(packOffset: PackOffset): boolean {
    return this.#slots.has(packOffset);
  }

  /** A view, valid until the next object is kept. */
  get(packOffset: PackOffset): PackObject | undefined {
    const slot = this.#slots.get(packOffset);
    if (slot === undefined) return undefined;
    slot.isUsed = true;
    const { type, oid, steps, start, end } = slot;
    return { type, content: this.#memory.memory.subarray(start, end), steps, oid };
  }

  /** The address of an object that is here: what {@link reserve} may change. */
  addressOf(packOffset: PackOffset): number | undefined {
    return this.#slots.get(packOffset)?.start;
  }

  /** Keeps the id of an object that was hashed as it lies here; forgotten together with it. */
  setOid(packOffset: PackOffset, oid: Oid | undefined): void {
    const slot = this.#slots.get(packOffset);
    if (slot !== undefined) slot.oid = oid;
  }

  /**
   * A place for an object of `length` bytes, `steps` deltas from one that took long to make, to be
   * filled and then given to {@link commit}, or to be forgotten. Undefined if the object is too big, also
   * beside the object `keep`, which the caller still needs. All views that were given before are gone.
   */
  reserve(length: number, steps = 0, keep?: PackOffset): Uint8Array | undefined {
    this.#reserved = this.#far;
    if (steps % FAR_STEPS > 0 && Ring.takes(length, this.#nearSize * NEAR_OBJECT_SHARE)) {
      this.#reserved = this.#near;
    } else {
      if (!Ring.takes(length, this.#budget - this.#nearSize)) return undefined;
      if (!this.#isWhole && !this.#far.fits(length)) this.#grow();
    }
    const kept = keep === undefined ? undefined : this.#slots.get(keep);
    const start = this.#reserved.reserve(length, kept);
    return start === -1 ? undefined : this.#memory.memory.subarray(start, start + length);
  }

  /** Keeps the object that now fills the place that {@link reserve} gave last. */
  commit(packOffset: PackOffset, type: ObjectType, length: number, steps = 0): void {
    this.#reserved.commit(packOffset, type, length, steps);
  }

  /** Keeps a copy of an object, unless it is too big. */
  add(packOffset: PackOffset, { type, content, steps }: PackObject): void {
    const place = this.reserve(content.length, steps);
    if (place === undefined) return;
    place.set(content);
    this.commit(packOffset, type, content.length, steps);
  }

  /** Takes the whole budget at once: the system gives memory only for what is filled. */
  #grow(): void {
    const end = this.#memory.start + this.#budget;
    this.#memory.grow(end);
    this.#far.extend(end);
    this.#isWhole = true;
  }
}
