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
  readonly #slots = new SlotTable<Slot>();
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
    this.#reserved = this.#far;
    if (steps % FAR_STEPS > 0 && Ring.takes(length, this.#nearSize * NEAR_OBJECT_SHARE)) {
      this.#reserved = this.#near;
    } else {
      if (!Ring.takes(length, this.#budget - this.#nearSize)) return undefined;
      if (!this.#isWhole && !this.#far.fits(length)) this.#grow();
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
    const end = this.#memory.start + this.#budget;
    this.#isWhole = true;
    try {
      this.#memory.grow(end);
    } catch (error) {
      // With little memory, a small cache does.
      if (error instanceof FormatError) return;
      throw error;
    }
    this.#far.extend(end);
  }
}
