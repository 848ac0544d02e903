import { OBJECT_MARGIN, type ObjectType, type Oid, type PackOffset } from '#format';

/** Where an object lies in a ring: bytes `start` to `end` of the memory. */
export interface Slot {
  readonly packOffset: PackOffset;
  readonly type: ObjectType;
  readonly ring: Ring;
  readonly start: number;
  readonly end: number;
  /** How many deltas it was from an object that took long to make. */
  readonly steps: number;
  oid: Oid | undefined;
}

/** One object may take this part of a ring: a bigger one would evict all the others. */
const LARGEST_SHARE = 7 / 8;
/** Objects up to this part of a ring are moved when they are used again; it bounds the copying. */
const MOVED_SHARE = 1 / 16;
/** Slots that are gone and may stay in the queue. */
const MAX_GONE = 1024;

/**
 * Objects one behind the other in a part of a memory: the oldest make room. The margin behind each
 * pays for what its slot takes elsewhere.
 */
export class Ring {
  /** The part, in bytes from the start of the memory; it may become larger, at its end. */
  readonly #from: number;
  #to: number;
  readonly #slots: Map<PackOffset, Slot>;
  /** In the order of the ring, the oldest first; those before `#oldest` are gone. */
  #queue: Slot[] = [];
  #oldest = 0;
  /** Where the next object goes. */
  #next: number;

  /** `slots` has the objects of all rings of the memory. */
  constructor(slots: Map<PackOffset, Slot>, from: number, to: number) {
    this.#slots = slots;
    this.#from = from;
    this.#to = to;
    this.#next = from;
  }

  /** Whether an object of `length` bytes may lie in a ring of `size` bytes. */
  static takes(length: number, size: number): boolean {
    return length + OBJECT_MARGIN <= size * LARGEST_SHARE;
  }

  /** Whether an object of `length` bytes finds its place without another round. */
  fits(length: number): boolean {
    return this.#next + length + OBJECT_MARGIN <= this.#to;
  }

  extend(to: number): void {
    this.#to = to;
  }

  /**
   * The address of a place for `length` bytes, which has been emptied, or -1 if bytes `keepFrom` to
   * `keepTo` of the memory would have to go for it.
   */
  reserve(length: number, keepFrom: number, keepTo: number): number {
    const room = length + OBJECT_MARGIN;
    const start = this.fits(length) ? this.#next : this.#from;
    if (start < keepTo && keepFrom < start + room) return -1;
    if (start < this.#next) this.#evict(this.#next, this.#to);
    this.#next = start;
    this.#evict(start, start + room);
    return start;
  }

  /** Keeps an object of `length` bytes at the place that was reserved last. */
  commit(packOffset: PackOffset, type: ObjectType, length: number, steps: number): Slot {
    const start = this.#next;
    const slot: Slot = {
      packOffset,
      type,
      ring: this,
      start,
      end: start + length,
      steps,
      oid: undefined,
    };
    this.#slots.set(packOffset, slot);
    this.#queue.push(slot);
    this.#next = start + length + OBJECT_MARGIN;
    return slot;
  }

  /** Whether an object will soon have to go, and is worth moving to the front if it is used. */
  isOld({ start, end }: Slot): boolean {
    const size = this.#to - this.#from;
    const age = (this.#next - start + size) % size;
    return age > size / 2 && end - start <= size * MOVED_SHARE;
  }

  /** Forgets what lies between two places, where the oldest objects are. */
  #evict(from: number, to: number): void {
    const queue = this.#queue;
    for (; this.#oldest < queue.length; this.#oldest++) {
      const slot = queue[this.#oldest] as Slot;
      if (slot.start < from || slot.start >= to) break;
      // An object that was moved has another slot by now.
      if (this.#slots.get(slot.packOffset) === slot) this.#slots.delete(slot.packOffset);
    }
    if (this.#oldest > MAX_GONE && this.#oldest > queue.length / 2) {
      this.#queue = queue.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}
