import type { PackOffset } from '../base/offsets.ts';
import { compareOidAt, OID_LENGTH, type Oid } from '../git/oid.ts';

/**
 * The entries of a PACK as its IDX needs them, in flat arrays: a million of them are three arrays,
 * not a million objects. Rows keep the order in which they were added.
 */
export class IdxEntries {
  #count = 0;
  #oids: Uint8Array;
  #crcs: Uint32Array;
  #packOffsets: Float64Array;

  /** `capacity` is a guess of the number of rows; the arrays grow as needed. */
  constructor(capacity = 64) {
    const rows = Math.max(1, capacity);
    this.#oids = new Uint8Array(rows * OID_LENGTH);
    this.#crcs = new Uint32Array(rows);
    this.#packOffsets = new Float64Array(rows);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds an entry (the id is copied) and gives its row. */
  add(oid: Oid, crc: number, packOffset: PackOffset): number {
    if (this.#count === this.#crcs.length) this.#grow();
    const row = this.#count++;
    this.#oids.set(oid, row * OID_LENGTH);
    this.#crcs[row] = crc;
    this.#packOffsets[row] = packOffset;
    return row;
  }

  /** A view of a row's id, valid until the next `add`. */
  oidOf(row: number): Oid {
    return this.#oids.subarray(row * OID_LENGTH, (row + 1) * OID_LENGTH);
  }

  crcOf(row: number): number {
    return this.#crcs[row] as number;
  }

  packOffsetOf(row: number): PackOffset {
    return this.#packOffsets[row] as number;
  }

  /** The rows ordered by their ids; equal ids stay in the order in which they were added. */
  sortedRows(): Uint32Array {
    const count = this.#count;
    // One float holds the head of the id above the row: floats sort natively, without a callback.
    const rowBits = Math.max(1, Math.ceil(Math.log2(count + 1)));
    const headBits = Math.min(32, 53 - rowBits);
    const rowScale = 2 ** rowBits;
    const keys = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      keys[row] = Math.floor(this.#head(row) / 2 ** (32 - headBits)) * rowScale + row;
    }
    keys.sort();
    const rows = new Uint32Array(count);
    let start = 0;
    for (let i = 0; i < count; i++) {
      const key = keys[i] as number;
      rows[i] = key % rowScale;
      const head = Math.floor(key / rowScale);
      const next = Math.floor((keys[i + 1] ?? -1) / rowScale);
      if (head === next) continue;
      if (i > start) rows.subarray(start, i + 1).sort((a, b) => this.#compare(a, b));
      start = i + 1;
    }
    return rows;
  }

  #head(row: number): number {
    const at = row * OID_LENGTH;
    const oids = this.#oids;
    return (
      (oids[at] as number) * 0x1000000 +
      (((oids[at + 1] as number) << 16) |
        ((oids[at + 2] as number) << 8) |
        (oids[at + 3] as number))
    );
  }

  #compare(a: number, b: number): number {
    return compareOidAt(this.oidOf(a), this.#oids, b * OID_LENGTH) || a - b;
  }

  #grow(): void {
    const rows = this.#crcs.length * 2;
    const [oids, crcs, packOffsets] = [this.#oids, this.#crcs, this.#packOffsets];
    this.#oids = new Uint8Array(rows * OID_LENGTH);
    this.#crcs = new Uint32Array(rows);
    this.#packOffsets = new Float64Array(rows);
    this.#oids.set(oids);
    this.#crcs.set(crcs);
    this.#packOffsets.set(packOffsets);
  }
}
