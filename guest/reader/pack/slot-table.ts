import type { PackOffset } from '#format';

const FIRST_ROWS = 256;
/** No offset: the key of a row without a slot. */
const FREE = -1;

/**
 * Slots by the PACK offsets of their objects. Flat: with a Map, the tables that it outgrows as objects come and
 * go are the garbage that makes a long run's heap grow.
 */
export class SlotTable<Slot extends object> {
  /** By row. Each stands as near behind the row of its hash as it can. */
  #keys = new Float64Array(FIRST_ROWS).fill(FREE);
  #slots: (Slot | undefined)[] = new Array(FIRST_ROWS).fill(undefined);
  #count = 0;

  get(packOffset: PackOffset): Slot | undefined {
    return this.#slots[this.#rowOf(packOffset)];
  }

  /** Takes the place of what was there. */
  set(packOffset: PackOffset, slot: Slot): void {
    let row = this.#rowOf(packOffset);
    if (this.#slots[row] === undefined) {
      this.#count += 1;
      if (this.#count * 2 > this.#keys.length) {
        this.#grow();
        row = this.#rowOf(packOffset);
      }
    }
    this.#keys[row] = packOffset;
    this.#slots[row] = slot;
  }

  delete(packOffset: PackOffset): void {
    let row = this.#rowOf(packOffset);
    if (this.#slots[row] === undefined) return;
    this.#count -= 1;
    const mask = this.#keys.length - 1;
    // What stands behind moves up, unless that would put it before its hash.
    for (let next = (row + 1) & mask; this.#slots[next] !== undefined; next = (next + 1) & mask) {
      const home = hash(this.#keys[next] as number) & mask;
      if (((next - home) & mask) < ((next - row) & mask)) continue;
      this.#keys[row] = this.#keys[next] as number;
      this.#slots[row] = this.#slots[next];
      row = next;
    }
    this.#keys[row] = FREE;
    this.#slots[row] = undefined;
  }

  /** The row of an offset, or the free one where it belongs. */
  #rowOf(packOffset: PackOffset): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let row = hash(packOffset) & mask;
    while (keys[row] !== packOffset && keys[row] !== FREE) row = (row + 1) & mask;
    return row;
  }

  #grow(): void {
    const [keys, slots] = [this.#keys, this.#slots];
    const length = 2 * keys.length;
    this.#keys = new Float64Array(length).fill(FREE);
    this.#slots = new Array(length).fill(undefined);
    for (let from = 0; from < slots.length; from++) {
      if (slots[from] === undefined) continue;
      const row = this.#rowOf(keys[from] as number);
      this.#keys[row] = keys[from] as number;
      this.#slots[row] = slots[from];
    }
  }
}

function hash(packOffset: PackOffset): number {
  const mixed =
    Math.imul(packOffset | 0, 0x9e3779b1) ^ Math.imul(packOffset / 0x100000000, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
