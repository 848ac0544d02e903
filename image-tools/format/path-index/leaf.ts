import { FormatError } from '../base/errors.ts';
import type { PackOffset } from '../base/offsets.ts';
import { KINDS } from '../git/kind.ts';
import { OID_LENGTH, type Oid } from '../git/oid.ts';
import { PACK_HEADER_SIZE, PACK_TRAILER_SIZE } from '../git/pack-header.ts';
import type { BlockHeader } from './block.ts';
import { FrontCodedKeys } from './front-coded-keys.ts';
import { BLOCK_HEADER_SIZE } from './layout.ts';

/** What the path index says of one path. */
export interface PathEntry {
  /** Number of its kind in KINDS. */
  readonly kind: number;
  /** Where its object stands in the PACK; 0 for a submodule. */
  readonly packOffset: PackOffset;
  /** The rank of its object in the IDX; 0 for a submodule. */
  readonly rank: number;
  /** Bytes of a file or of a link's target; 0 for the others. */
  readonly size: number;
  /** The id of a submodule, a copy. */
  readonly submodule: Oid | undefined;
}

/** An entry that was found in a path index. */
export interface FoundEntry extends PathEntry {
  /** Its place among all entries: the unit where its leaf begins, and its row; no other entry has it. */
  readonly position: number;
}

/** Longer than most keys. */
const FIRST_KEY_BYTES = 256;
/** More than any row of a leaf. */
export const MAX_LEAF_ROWS = 0x10000;

/** What the entries of a sound index stay below: the image's own measures. */
export interface PathIndexBounds {
  readonly objectCount: number;
  /** Bytes of PACK and padding. */
  readonly packSpan: number;
}

/** The columns of a leaf's values, in their order: kind, PACK offset, rank, size. */
export const MAX_WIDTHS: readonly number[] = [1, 7, 4, 7];
/** The first of the four bytes in a leaf's header that say how many bytes each column has. */
export const WIDTHS_AT = 12;
export const SUBMODULE = KINDS.indexOf('submodule');

/** A leaf whose header has been checked; its entries are when they are read. */
export class PathIndexLeaf {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #keysEnd: number;
  readonly #recordSize: number;
  readonly #bounds: PathIndexBounds;
  readonly #unit: number;

  /** Borrows the bytes of the block at `unit`, whose header says what it holds. */
  constructor(
    bytes: Uint8Array,
    { count, keysLength }: Pick<BlockHeader, 'count' | 'keysLength'>,
    unit: number,
    bounds: PathIndexBounds,
  ) {
    this.#bytes = bytes;
    this.#unit = unit;
    this.count = count;
    this.#keysEnd = BLOCK_HEADER_SIZE + keysLength;
    this.#recordSize = 0;
    for (const [i, most] of MAX_WIDTHS.entries()) {
      const width = bytes[WIDTHS_AT + i] as number;
      if (width > most) throw new FormatError('BAD_INDEX', 'a column is too wide');
      this.#recordSize += width;
    }
    if (this.#keysEnd + count * this.#recordSize > bytes.length) {
      throw new FormatError('BAD_INDEX', 'a leaf is larger than its block');
    }
    this.#bounds = bounds;
  }

  /** The keys, from the first on. */
  keys(): FrontCodedKeys {
    return new FrontCodedKeys(this.#bytes, BLOCK_HEADER_SIZE, this.#keysEnd);
  }

  /** The key of an entry, in new bytes. @throws FormatError BAD_INDEX */
  keyOf(row: number): Uint8Array {
    this.#checkRow(row);
    const keys = this.keys();
    let key = new Uint8Array(FIRST_KEY_BYTES);
    while (keys.read <= row && keys.next()) {
      const { bytes, shared, restStart, restEnd } = keys;
      const length = shared + restEnd - restStart;
      if (length > key.length) {
        const grown = new Uint8Array(2 * length);
        grown.set(key);
        key = grown;
      }
      let at = shared;
      for (let next = restStart; next < restEnd; next++) key[at++] = bytes[next] as number;
    }
    if (keys.read <= row) throw new FormatError('BAD_INDEX', 'more entries than keys in a leaf');
    return key.slice(0, keys.shared + keys.restEnd - keys.restStart);
  }

  /** The kind of an entry. @throws FormatError BAD_INDEX */
  kindOf(row: number): number {
    this.#checkRow(row);
    const width = this.#bytes[WIDTHS_AT] as number;
    const kind = width === 0 ? 0 : (this.#bytes[this.#keysEnd + row * this.#recordSize] as number);
    if (kind >= KINDS.length) throw new FormatError('BAD_INDEX', `a path of kind ${kind}`);
    return kind;
  }

  /** Adds the kinds of the entries from row `first` to before `end` to `kinds`. @throws FormatError BAD_INDEX */
  appendKinds(first: number, end: number, kinds: number[]): void {
    if (first < end) this.#checkRow(end - 1);
    const isPlain = this.#bytes[WIDTHS_AT] === 0;
    for (let row = first; row < end; row++) kinds.push(isPlain ? 0 : this.kindOf(row));
  }

  /** What is said of the entry `row`. @throws FormatError BAD_INDEX */
  entryOf(row: number): FoundEntry {
    const kind = this.kindOf(row);
    const position = this.#unit * MAX_LEAF_ROWS + row;
    let at = this.#keysEnd + row * this.#recordSize + (this.#bytes[WIDTHS_AT] as number);
    const next = (column: number): number => {
      let value = 0;
      for (const end = at + (this.#bytes[WIDTHS_AT + column] as number); at < end; at++) {
        value = value * 256 + (this.#bytes[at] as number);
      }
      return value;
    };
    const packOffset = next(1);
    const rank = next(2);
    const size = next(3);
    if (kind === SUBMODULE) {
      const submodule = this.#submodule(rank);
      return { kind, packOffset: 0, rank: 0, size: 0, submodule, position };
    }
    const { objectCount, packSpan } = this.#bounds;
    if (
      rank >= objectCount ||
      packOffset < PACK_HEADER_SIZE ||
      packOffset >= packSpan - PACK_TRAILER_SIZE ||
      !Number.isSafeInteger(size)
    ) {
      throw new FormatError('BAD_INDEX', 'the object of a path lies outside the PACK');
    }
    return { kind, packOffset, rank, size, submodule: undefined, position };
  }

  #submodule(row: number): Oid {
    const at = this.#keysEnd + this.count * this.#recordSize + row * OID_LENGTH;
    if (at + OID_LENGTH > this.#bytes.length) {
      throw new FormatError('BAD_INDEX', 'a submodule has no id');
    }
    return new Uint8Array(this.#bytes.subarray(at, at + OID_LENGTH));
  }

  #checkRow(row: number): void {
    if (row >= this.count) throw new FormatError('BAD_INDEX', 'more keys than entries in a leaf');
  }
}
