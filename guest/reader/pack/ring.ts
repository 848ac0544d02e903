import {
  type EntryDecoder,
  OBJECT_BLOB,
  OBJECT_MARGIN,
  type ObjectType,
  type PackOffset,
} from '#format';
import type { PackObject } from './pack-object.ts';
import type { SlotTable } from './slot-table.ts';

/** An object's place in a ring. */
export interface Slot extends PackObject {
  packOffset: PackOffset;
  /** It was asked for since it came to its place. */
  isUsed: boolean;
  /** What came to its place after it. */
  newer: Slot | undefined;
}

/** What a slot takes elsewhere, in bytes: so many stay free behind each object. */
const SLOT_BYTES = 160;
/** One object may take this part of a ring: a bigger one would drive out all the others. */
const LARGEST_SHARE = 15 / 16;

/**
 * Objects one behind the other in a part of a memory. A new one takes the place of the oldest; an old one
 * that was used since it came there moves up to the front instead, so no gaps are left. Slots that are
 * gone are used again: nothing is allocated for an object.
 */
export class Ring {
  readonly #memory: Pick<EntryDecoder, 'memory'>;
  readonly #slots: SlotTable<Slot>;
  /** The part, in bytes from the start of the memory. */
  readonly #from: number;
  #to: number;
  /** Where the next object goes. What is free ends at the oldest object, or with the part. */
  #next: number;
  #oldest: Slot | undefined;
  #newest: Slot | undefined;
  #unused: Slot | undefined;

  /** Bytes `from` to `to` of the memory; `slots` has the objects of all its rings. */
  constructor(
    memory: Pick<EntryDecoder, 'memory'>,
    slots: SlotTable<Slot>,
    from: number,
    to: number,
  ) {
    this.#memory = memory;
    this.#slots = slots;
    this.#from = from;
    this.#to = to;
    this.#next = from;
  }

  /** Whether an object of `length` bytes may lie in a ring of `size` bytes. */
  static takes(length: number, size: number): boolean {
    return length + OBJECT_MARGIN <= size * LARGEST_SHARE;
  }

  /** Whether an object of `length` bytes finds room before the end. */
  fits(length: number): boolean {
    return this.#next + length + OBJECT_MARGIN <= this.#to;
  }

  /** Makes the part longer, before anything had to go. */
  extend(to: number): void {
    this.#to = to;
  }

  /**
   * The address of a free place for `length` bytes; undefined if there is none beside `keep`, which may move but
   * stays. Others move or go.
   */
  reserve(length: number, keep?: PackObject): number | undefined {
    const room = length + OBJECT_MARGIN;
    const kept = keep !== undefined && this.#has(keep) ? keep.end - keep.start + OBJECT_MARGIN : 0;
    if (kept + room > this.#to - this.#from) return undefined;
    for (let oldest = this.#oldest; oldest !== undefined; oldest = this.#oldest) {
      const isAhead = oldest.start >= this.#next;
      if (this.#next + room <= (isAhead ? oldest.start : this.#to)) return this.#next;
      if (isAhead) this.#pass(oldest, oldest === keep);
      else this.#next = this.#from;
    }
    this.#next = this.#from;
    return this.#next;
  }

  /** Keeps an object of `length` bytes at the place that was reserved last. */
  commit(packOffset: PackOffset, type: ObjectType, length: number, steps: number): Slot {
    const slot = this.#unused ?? newSlot();
    this.#unused = slot.newer;
    slot.packOffset = packOffset;
    slot.type = type;
    slot.start = this.#next;
    slot.end = this.#next + length;
    slot.steps = steps;
    slot.oid = undefined;
    slot.isUsed = false;
    this.#slots.set(packOffset, slot);
    this.#append(slot);
    return slot;
  }

  #has({ outside, start }: PackObject): boolean {
    return outside === undefined && start >= this.#from && start < this.#to;
  }

  /** Moves the oldest object up to the front if it was used, or else forgets it. */
  #pass(slot: Slot, isKept: boolean): void {
    this.#oldest = slot.newer;
    // An object that was read once more while it lay here has another slot by now.
    const isKnown = this.#slots.get(slot.packOffset) === slot;
    if (isKnown && (slot.isUsed || isKept)) {
      const { start, end } = slot;
      this.#memory.memory.copyWithin(this.#next, start, end);
      slot.isUsed = false;
      slot.start = this.#next;
      slot.end = this.#next + end - start;
      this.#append(slot);
      return;
    }
    if (isKnown) this.#slots.delete(slot.packOffset);
    slot.newer = this.#unused;
    this.#unused = slot;
  }

  #append(slot: Slot): void {
    slot.newer = undefined;
    if (this.#oldest === undefined || this.#newest === undefined) this.#oldest = slot;
    else this.#newest.newer = slot;
    this.#newest = slot;
    this.#next = slot.end + SLOT_BYTES;
  }
}

function newSlot(): Slot {
  return {
    packOffset: 0,
    type: OBJECT_BLOB,
    start: 0,
    end: 0,
    outside: undefined,
    steps: 0,
    oid: undefined,
    isUsed: false,
    newer: undefined,
  };
}
