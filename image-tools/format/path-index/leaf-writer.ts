import { OID_LENGTH } from '../git/oid.ts';
import { sealBlock } from './block.ts';
import { FrontCoder } from './front-coder.ts';
import { BLOCK_HEADER_SIZE, MAX_BLOCK_UNITS, PATH_INDEX_UNIT } from './layout.ts';
import { MAX_WIDTHS, type PathEntry, SUBMODULE, WIDTHS_AT } from './leaf.ts';

const COLUMNS = MAX_WIDTHS.length;
/** Most entries of a leaf, by the 16 bits of its count. */
const MAX_ROWS = 0xffff;

/** Gathers entries in the order of their keys until a leaf is full. */
export class PathIndexLeafWriter {
  readonly #keys = new FrontCoder(new Uint8Array(MAX_BLOCK_UNITS * PATH_INDEX_UNIT));
  readonly #values = new Float64Array(MAX_ROWS * COLUMNS);
  readonly #submodules = new Uint8Array(MAX_BLOCK_UNITS * PATH_INDEX_UNIT);
  readonly #limits = new Float64Array(COLUMNS);
  #count = 0;
  #submoduleCount = 0;
  #units = 1;

  get count(): number {
    return this.#count;
  }

  /** Takes an entry; false if the leaf is full without it. */
  add(key: Uint8Array, entry: PathEntry): boolean {
    const shared = this.#keys.sharedWithLast(key);
    const size = this.#sizeWith(key, shared, entry);
    if (this.#count === 0) this.#units = Math.ceil(size / PATH_INDEX_UNIT);
    else if (size > this.#units * PATH_INDEX_UNIT || this.#count === MAX_ROWS) return false;
    this.#keys.add(key, shared);
    this.#append(0, entry.kind);
    this.#append(1, entry.packOffset);
    this.#append(2, entry.submodule === undefined ? entry.rank : this.#submoduleCount);
    this.#append(3, entry.size);
    if (entry.submodule !== undefined) {
      this.#submodules.set(entry.submodule, this.#submoduleCount * OID_LENGTH);
      this.#submoduleCount += 1;
    }
    this.#count += 1;
    return true;
  }

  /** The leaf, in new bytes; the writer is empty then. */
  finish(): Uint8Array {
    const block = new Uint8Array(this.#units * PATH_INDEX_UNIT);
    const widths = Array.from(this.#limits, widthOf);
    const keys = this.#keys.bytes.subarray(0, this.#keys.length);
    block.set(keys, BLOCK_HEADER_SIZE);
    block.set(widths, WIDTHS_AT);
    let at = BLOCK_HEADER_SIZE + keys.length;
    for (let i = 0; i < this.#count * COLUMNS; i++) {
      const width = widths[i % COLUMNS] as number;
      let value = this.#values[i] as number;
      for (let end = at + width - 1; end >= at; end--) {
        block[end] = value % 256;
        value = Math.floor(value / 256);
      }
      at += width;
    }
    block.set(this.#submodules.subarray(0, this.#submoduleCount * OID_LENGTH), at);
    sealBlock(block, { level: 0, count: this.#count, keysLength: keys.length });
    this.#keys.clear();
    this.#limits.fill(0);
    this.#count = 0;
    this.#submoduleCount = 0;
    return block;
  }

  #append(column: number, value: number): void {
    this.#values[this.#count * COLUMNS + column] = value;
    if (value > (this.#limits[column] as number)) this.#limits[column] = value;
  }

  #sizeWith(key: Uint8Array, shared: number, entry: PathEntry): number {
    const limit = (column: number, value: number) =>
      widthOf(Math.max(this.#limits[column] as number, value));
    const recordSize =
      limit(0, entry.kind) +
      limit(1, entry.packOffset) +
      limit(3, entry.size) +
      limit(2, entry.submodule === undefined ? entry.rank : this.#submoduleCount);
    const submodules = this.#submoduleCount + Number(entry.kind === SUBMODULE);
    return (
      BLOCK_HEADER_SIZE +
      this.#keys.length +
      this.#keys.sizeOf(key, shared) +
      (this.#count + 1) * recordSize +
      submodules * OID_LENGTH
    );
  }
}

/** Bytes that a number takes; none for 0. */
function widthOf(value: number): number {
  let width = 0;
  for (let rest = value; rest >= 1; rest /= 256) width += 1;
  return width;
}
