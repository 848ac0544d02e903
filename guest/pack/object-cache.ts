import type { ObjectType, Oid, PackOffset } from '#format';

/** An object out of the PACK. Whoever borrows one must not write into it. */
export interface PackObject {
  readonly type: ObjectType;
  readonly content: Uint8Array;
  /** Its id, where the content has been hashed. */
  readonly oid?: Oid | undefined;
}

/** Where an object lies in the cache. */
interface Slot {
  readonly packOffset: PackOffset;
  readonly type: ObjectType;
  readonly start: number;
  readonly end: number;
  oid: Oid | undefined;
}

/** What a slot costs beside its content, in bytes; room for it is left in the cache's budget. */
const OVERHEAD = 256;
/** One object may take this part of the cache: a bigger one would evict all the others. */
const LARGEST_SHARE = 7 / 8;
/** Objects up to this part of the cache are moved when they are used again; it bounds the copying. */
const MOVED_SHARE = 1 / 16;
/** Slots that are gone and may stay in the queue. */
const MAX_GONE = 1024;
/** Many images never fill more, in bytes. */
const FIRST_SIZE = 0x40000;

/**
 * The objects used last, by their PACK offset, one behind the other in one ring of bytes: nothing is
 * allocated for an object, and the oldest make room. An object that is used when it has become old
 * moves to the front.
 */
export class ObjectCache {
  readonly #budget: number;
  #ring: Uint8Array;
  readonly #slots = new Map<PackOffset, Slot>();
  /** In the order of the ring, the oldest first; those before `#oldest` are gone. */
  #queue: Slot[] = [];
  #oldest = 0;
  /** Where the next object goes. */
  #next = 0;

  /** At most `budget` bytes, 0 to keep nothing. */
  constructor(budget: number) {
    this.#budget = budget;
    this.#ring = new Uint8Array(Math.min(FIRST_SIZE, budget));
  }

  has(packOffset: PackOffset): boolean {
    return this.#slots.has(packOffset);
  }

  /** A view, valid until the next call. */
  get(packOffset: PackOffset): PackObject | undefined {
    const slot = this.#slots.get(packOffset);
    if (slot === undefined) return undefined;
    const content = this.#ring.subarray(slot.start, slot.end);
    const { type, oid } = slot;
    if (!this.#isOld(slot)) return { type, content, oid };
    const place = this.reserve(content.length);
    if (place === undefined) return { type, content, oid };
    place.set(content);
    this.commit(packOffset, type, place);
    this.setOid(packOffset, oid);
    return { type, content: place, oid };
  }

  /** Keeps the id of an object that was hashed as it lies here; forgotten together with it. */
  setOid(packOffset: PackOffset, oid: Oid | undefined): void {
    const slot = this.#slots.get(packOffset);
    if (slot !== undefined) slot.oid = oid;
  }

  /**
   * A place for an object of `length` bytes, to be filled and then given to {@link commit}, or to
   * be forgotten. Undefined if the object is too big, or if `keep`, a view that the caller still
   * needs, would have to go for it.
   */
  reserve(length: number, keep?: Uint8Array): Uint8Array | undefined {
    const room = length + OVERHEAD;
    if (room > this.#budget * LARGEST_SHARE) return undefined;
    if (this.#next + room > this.#ring.length) this.#grow();
    const start = this.#next + room > this.#ring.length ? 0 : this.#next;
    const place = this.#ring.subarray(start, start + length);
    if (keep !== undefined && overlap(place, keep)) return undefined;
    if (start < this.#next) this.#evict(this.#next, this.#ring.length);
    this.#next = start;
    this.#evict(start, start + room);
    return place;
  }

  /** Keeps the object that now fills `place`, which {@link reserve} gave last. */
  commit(packOffset: PackOffset, type: ObjectType, place: Uint8Array): void {
    const start = this.#next;
    const end = start + place.length;
    const slot: Slot = { packOffset, type, start, end, oid: undefined };
    this.#slots.set(packOffset, slot);
    this.#queue.push(slot);
    this.#next = end + OVERHEAD;
  }

  /** Keeps a copy of an object, unless it is too big. */
  add(packOffset: PackOffset, { type, content }: PackObject): void {
    const place = this.reserve(content.length);
    if (place === undefined) return;
    place.set(content);
    this.commit(packOffset, type, place);
  }

  #isOld({ start, end }: Slot): boolean {
    const size = this.#ring.length;
    const age = (this.#next - start + size) % size;
    return size === this.#budget && age > size / 2 && end - start <= size * MOVED_SHARE;
  }

  /** Takes the whole budget at once: the system gives memory only for what is filled. */
  #grow(): void {
    if (this.#ring.length === this.#budget) return;
    const whole = new Uint8Array(this.#budget);
    whole.set(this.#ring.subarray(0, this.#next));
    this.#ring = whole;
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

function overlap(a: Uint8Array, b: Uint8Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.length &&
    b.byteOffset < a.byteOffset + a.length
  );
}
