import { FormatError } from '../base/errors.ts';
import type { PackOffset } from '../base/offsets.ts';
import { decodeU64BE, encodeU64BE } from '../bytes/bytes.ts';
import { sealBlock } from './block.ts';
import { BLOCK_HEADER_SIZE, PATH_INDEX_UNIT } from './layout.ts';

/** Stands for a level in blocks that hold places of the PACK, and no keys. */
export const RESTARTS_LEVEL = 255;
/** Places of a full block. */
const RESTARTS_PER_BLOCK = (PATH_INDEX_UNIT - BLOCK_HEADER_SIZE) / 8;

/** The blocks that hold places, which rise: all but the last are full. */
export function encodeRestarts(places: Float64Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let first = 0; first < places.length; first += RESTARTS_PER_BLOCK) {
    const block = new Uint8Array(PATH_INDEX_UNIT);
    const part = places.subarray(first, first + RESTARTS_PER_BLOCK);
    part.forEach((place, i) => {
      encodeU64BE(block, BLOCK_HEADER_SIZE + 8 * i, place);
    });
    sealBlock(block, { level: RESTARTS_LEVEL, count: part.length, keysLength: 0 });
    blocks.push(block);
  }
  return blocks;
}

/** Reads the places that {@link encodeRestarts} wrote, block by block as they are needed. */
export class Restarts {
  readonly #readBlock: (number: number) => { readonly bytes: Uint8Array; readonly count: number };
  readonly #blockCount: number;
  readonly #packSpan: number;

  /** `readBlock` gives a block that was checked, borrowed; places lie below `packSpan`. */
  constructor(
    readBlock: (number: number) => { readonly bytes: Uint8Array; readonly count: number },
    blockCount: number,
    packSpan: number,
  ) {
    this.#readBlock = readBlock;
    this.#blockCount = blockCount;
    this.#packSpan = packSpan;
  }

  /**
   * The place `start`, if it is one, and those after it, `count` in all. @throws FormatError BAD_INDEX
   */
  from(start: PackOffset, count: number): Float64Array | undefined {
    let low = 0;
    let high = this.#blockCount * RESTARTS_PER_BLOCK;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // Behind the last place there is nothing that is not above.
      if ((this.#at(middle) ?? Number.POSITIVE_INFINITY) < start) low = middle + 1;
      else high = middle;
    }
    if (this.#at(low) !== start) return undefined;
    if (this.#at(low + count - 1) === undefined) throw bad('fewer places than a file has parts');
    const places = new Float64Array(count);
    let last = 0;
    for (let i = 0; i < count; i++) {
      const place = this.#at(low + i) as number;
      if (place <= last || place >= this.#packSpan) throw bad('places that do not rise');
      places[i] = place;
      last = place;
    }
    return places;
  }

  #at(row: number): number | undefined {
    const number = Math.floor(row / RESTARTS_PER_BLOCK);
    if (number >= this.#blockCount) return undefined;
    const { bytes, count } = this.#readBlock(number);
    if (count > RESTARTS_PER_BLOCK) throw bad('a block of too many places');
    const place = row % RESTARTS_PER_BLOCK;
    return place < count ? decodeU64BE(bytes, BLOCK_HEADER_SIZE + 8 * place) : undefined;
  }
}

function bad(message: string): FormatError {
  return new FormatError('BAD_INDEX', message);
}
