// What a table says about a code, in 32 bits:
//   31      a literal: bits 16..23 are the byte
//   15      nothing ordinary: see the next two; a code that stands for nothing without them
//   14        a second table: bits 16.. its first entry, bits 8..12 how many bits index it, and 2
//   13        the end of the block
//   16..30  otherwise the base of a length or distance, to which its extra bits are added
//   8..12   how many bits the code takes, and 2
//   0..5    how many bits it takes with its extra bits, which follow it: a shift by the entry drops them all
// Of codes for code lengths, bits 16..19 are the base of how many times a length is given, and
//   24      it is the length before
//   20..23  otherwise the length
import { DISTANCE_SYMBOLS, LENGTH_SYMBOLS, LITERAL_SYMBOLS } from './memory-map.ts';

export const LITERAL: u32 = 0x80000000;
export const SPECIAL: u32 = 0x8000;
export const SECOND: u32 = 0x4000;
export const END: u32 = 0x2000;
export const PREVIOUS: u32 = 1 << 24;
export const LENGTH_SHIFT: u32 = 20;

/** A code of `length` bits adds this many times its length to what its symbol means. */
export const PER_BIT: u32 = 0x101;
/**
 * The fast loop holds its bits two places higher, so that they index words. This is part of every entry.
 */
export const RAISED: u32 = 2;
const RAISED_LENGTH: u32 = RAISED << 8;

/** How many bits the code takes, or index its second table. */
export function widthOf(entry: u32): u32 {
  return ((entry >> 8) & 31) - RAISED;
}

/** How many extra bits follow the code. */
export function extraOf(entry: u32): u32 {
  return (entry & 63) - widthOf(entry);
}

function put(symbols: u32, symbol: u32, entry: u32): void {
  store<u32>(symbols + 4 * symbol, entry | RAISED_LENGTH);
}

/** Lengths and distances alike: bases follow each other, `group` codes share each width. */
function putRanges(symbols: u32, first: u32, n: u32, base: u32, groupBits: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const extra: u32 = i < 2 << groupBits ? 0 : (i >> groupBits) - 1;
    put(symbols, first + i, (base << 16) | extra);
    base += 1 << extra;
  }
}

/** Fills the symbol tables (RFC 1951, section 3.2.5). */
export function initSymbols(): void {
  for (let byte: u32 = 0; byte < 256; byte++) put(LITERAL_SYMBOLS, byte, LITERAL | (byte << 16));
  put(LITERAL_SYMBOLS, 256, SPECIAL | END);
  putRanges(LITERAL_SYMBOLS, 257, 28, 3, 2);
  put(LITERAL_SYMBOLS, 285, 258 << 16);
  put(LITERAL_SYMBOLS, 286, SPECIAL);
  put(LITERAL_SYMBOLS, 287, SPECIAL);
  putRanges(DISTANCE_SYMBOLS, 0, 30, 1, 1);
  put(DISTANCE_SYMBOLS, 30, SPECIAL);
  put(DISTANCE_SYMBOLS, 31, SPECIAL);
  for (let i: u32 = 0; i < 16; i++) put(LENGTH_SYMBOLS, i, (i << LENGTH_SHIFT) | (1 << 16));
  put(LENGTH_SYMBOLS, 16, PREVIOUS | (3 << 16) | 2);
  put(LENGTH_SYMBOLS, 17, (3 << 16) | 3);
  put(LENGTH_SYMBOLS, 18, (11 << 16) | 7);
}
