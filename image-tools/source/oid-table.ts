import { compareOidAt, decodeU32BE, OID_LENGTH, type Oid } from '#format';
import { grown, shared } from '../base/columns.ts';

/**
 * The rows of a growing column of object ids, found by id: an open-addressing hash table in one
 * flat array, for which the ids are their own hashes.
 */
export class OidTable {
  #oids: Uint8Array;
  #count = 0;
  /** Row + 1 in each used slot, 0 in a free one; at least half of the slots are free. */
  #slots = new Uint32Array(256);

  constructor(oids: Uint8Array = new Uint8Array(64 * OID_LENGTH), count = 0) {
    this.#oids = oids;
    this.#count = count;
    this.#rehash();
  }

  get count(): number {
    return this.#count;
  }

  /** All ids, row after row: a view, valid until the next `add`. */
  get oids(): Uint8Array {
    return this.#oids.subarray(0, this.#count * OID_LENGTH);
  }

  /** Moves all ids into memory that threads share, and gives them. */
  share(): Uint8Array {
    this.#oids = shared(this.oids);
    return this.#oids;
  }

  /** A view of a row's id, valid until the next `add`. */
  oidOf(row: number): Oid {
    return this.#oids.subarray(row * OID_LENGTH, (row + 1) * OID_LENGTH);
  }

  /** The row of `oid`, undefined if it has none. */
  find(oid: Oid): number | undefined {
    const slot = this.#slots[this.#slotOf(oid)] as number;
    return slot === 0 ? undefined : slot - 1;
  }

  /** Adds an id that has no row yet (it is copied), and gives its row. */
  add(oid: Oid): number {
    const row = this.#count++;
    if (this.#oids.length < this.#count * OID_LENGTH) {
      this.#oids = grown(this.#oids, Math.max(64 * OID_LENGTH, this.#oids.length * 2));
    }
    this.#oids.set(oid, row * OID_LENGTH);
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    else this.#slots[this.#slotOf(oid)] = row + 1;
    return row;
  }

  /** The slot that holds `oid`, or the free one where it belongs. */
  #slotOf(oid: Oid): number {
    const mask = this.#slots.length - 1;
    for (let slot = decodeU32BE(oid, 0) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0 || compareOidAt(oid, this.#oids, (entry - 1) * OID_LENGTH) === 0) return slot;
    }
  }

  #rehash(): void {
    let size = 256;
    while (size < this.#count * 4) size *= 2;
    this.#slots = new Uint32Array(size);
    for (let row = 0; row < this.#count; row++) {
      this.#slots[this.#slotOf(this.oidOf(row))] = row + 1;
    }
  }
}
