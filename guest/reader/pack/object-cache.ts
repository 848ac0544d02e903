import { type EntryDecoder, FormatError, type ObjectType, type PackOffset } from '#format';
import type { PackObject } from './pack-object.ts';
import { Ring, type Slot } from './ring.ts';
import { SlotTable } from './slot-table.ts';

/** What a cache needs of a decoder. */
export type CacheMemory = Pick<EntryDecoder, 'memory' | 'start' | 'grow'>;

/** What the objects have that are soon made again, as part of the budget. */
const NEAR_SHARE = 1 / 32;
/** Larger ones, as part of that, go to the others. */
const NEAR_OBJECT_SHARE = 1 / 8;
/**
 * What small objects have that take long to make, as part of the budget, and the largest of them, in bytes: a
 * byte of them takes longest, since each link of a chain has its price however small it is.
 */
const SMALL_SHARE = 1 / 4;
const SMALL_BYTES = 4096;
/** So many deltas that are soon applied take long together. */
const FAR_STEPS = 8;
/** Many images never fill more, in bytes. */
const FIRST_SIZE = 0x40000;

/**
 * The objects used last, by their PACK offset, in the memory of a decoder: nothing is allocated for an
 * object.
 *
 * There are three rings. To inflate an object takes as long as to apply dozens of small deltas, and what
 * such deltas make is most of some images: it has a small ring of its own, for those that come next, and
 * does not drive out what takes long to make. Nor do large objects drive out the small ones, which are most of
 * what is asked for.
 */
export class ObjectCache {
  readonly #memory: CacheMemory;
  readonly #budget: number;
  readonly #slots = new SlotTable<Slot>();
  readonly #near: Ring;
  readonly #nearSize: number;
  /** What the largest object may lie in, in bytes. */
  readonly #mostSize: number;
  readonly #small: Ring;
  /** For all others, once what is kept needs more than the first part of the memory. */
  #large: Ring | undefined;
  /** Whether there is room for a ring of large objects beside one of small ones. */
  readonly #isSplit: boolean;
  #isWhole = false;
  #reserved: Ring;

  /** At most `budget` bytes, 0 to keep nothing, of `memory`, which nobody else uses. */
  constructor(budget: number, memory: CacheMemory) {
    this.#memory = memory;
    this.#budget = budget;
    const { start } = memory;
    this.#nearSize = Math.floor(budget * NEAR_SHARE);
    const smallSize = Math.floor(budget * SMALL_SHARE);
    this.#isSplit = smallSize > this.#nearSize + FIRST_SIZE;
    this.#mostSize = budget - (this.#isSplit ? smallSize : this.#nearSize);
    const smallStart = start + this.#nearSize;
    const end = Math.min(start + budget, smallStart + FIRST_SIZE);
    memory.grow(end);
    this.#near = new Ring(memory, this.#slots, start, smallStart);
    this.#small = new Ring(memory, this.#slots, smallStart, end);
    this.#reserved = this.#small;
  }

  has(packOffset: PackOffset): boolean {
    return this.#slots.get(packOffset) !== undefined;
  }

  /** An object that is here; after the next {@link reserve} it may be another one, unless it was kept. */
  find(packOffset: PackOffset): PackObject | undefined {
    const slot = this.#slots.get(packOffset);
    if (slot !== undefined) slot.isUsed = true;
    return slot;
  }

  /**
   * The address of a place for an object of `length` bytes, `steps` deltas from one that took long to
   * make, to be filled and then given to {@link commit}, or to be forgotten. Undefined if the object is
   * too big, also beside the object `keep`, which the caller still needs. Other objects go, and all may
   * move: views of the memory are gone.
   */
  reserve(length: number, steps: number, keep?: PackObject): number | undefined {
    this.#reserved = this.#small;
    if (steps % FAR_STEPS > 0 && Ring.takes(length, this.#nearSize * NEAR_OBJECT_SHARE)) {
      this.#reserved = this.#near;
    } else {
      if (!Ring.takes(length, this.#mostSize)) return undefined;
      if (!this.#isWhole && !this.#small.fits(length)) this.#grow();
      if (length > SMALL_BYTES) this.#reserved = this.#large ?? this.#small;
    }
    return this.#reserved.reserve(length, keep);
  }

  /** Keeps the object that now fills the place that {@link reserve} gave last. */
  commit(packOffset: PackOffset, type: ObjectType, length: number, steps: number): PackObject {
    return this.#reserved.commit(packOffset, type, length, steps);
  }

  /** Keeps a copy of an object with bytes of its own, unless it is too big. */
  add(packOffset: PackOffset, type: ObjectType, content: Uint8Array): void {
    const address = this.reserve(content.length, 0);
    if (address === undefined) return;
    this.#memory.memory.set(content, address);
    this.commit(packOffset, type, content.length, 0);
  }

  /** Takes the whole budget at once: the system gives memory only for what is filled. */
  #grow(): void {
    const { start } = this.#memory;
    const end = start + this.#budget;
    this.#isWhole = true;
    try {
      this.#memory.grow(end);
    } catch (error) {
      // With little memory, a small cache does.
      if (error instanceof FormatError) return;
      throw error;
    }
    const largeStart = end - this.#mostSize;
    this.#small.extend(this.#isSplit ? largeStart : end);
    if (this.#isSplit) this.#large = new Ring(this.#memory, this.#slots, largeStart, end);
  }
}
