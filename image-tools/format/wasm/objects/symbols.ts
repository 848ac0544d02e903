// What a table says about a code, in 32 bits:
//   31      a literal: bits 16..23 are the byte
//   15      nothing ordinary: see the next three
//   14        a second table: bits 16.. its first entry, bits 8..11 how many bits index it
//   13        the end of the block
//   12        a code that stands for nothing
//   16..30  otherwise the base of a length or distance, with bits 8..11 extra bits to add to it
//   0..4    how many bits the code takes
import { DISTANCE_SYMBOLS, LENGTH_SYMBOLS, LITERAL_SYMBOLS } from './memory-map.ts';

export const LITERAL: u32 = 0x80000000;
export const SPECIAL: u32 = 0x8000;
export const SECOND: u32 = 0x4000;
export const END: u32 = 0x2000;
export const UNUSED: u32 = 0x1000;
export const CODE_LENGTH: u32 = 31;

/** Where the code's extra bits, or the width of its second table, stand. */
export function widthOf(entry: u32): u32 {
  return (entry >> 8) & 15;
}

function put(symbols: u32, symbol: u32, entry: u32): void {
  store<u32>(symbols + 4 * symbol, entry);
}

/** Lengths and distances alike: bases follow each other, `group` codes share each width. */
function putRanges(symbols: u32, first: u32, n: u32, base: u32, groupBits: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const extra: u32 = i < 2 << groupBits ? 0 : (i >> groupBits) - 1;
    put(symbols, first + i, (base << 16) | (extra << 8));
    base += 1 << extra;
  }
}

/** Fills the symbol tables (RFC 1951, section 3.2.5). */
export function initSymbols(): void {
  for (let byte: u32 = 0; byte < 256; byte++) put(LITERAL_SYMBOLS, byte, LITERAL | (byte << 16));
  put(LITERAL_SYMBOLS, 256, SPECIAL | END);
  putRanges(LITERAL_SYMBOLS, 257, 28, 3, 2);
  put(LITERAL_SYMBOLS, 285, 258 << 16);
  put(LITERAL_SYMBOLS, 286, SPECIAL | UNUSED);
  put(LITERAL_SYMBOLS, 287, SPECIAL | UNUSED);
  putRanges(DISTANCE_SYMBOLS, 0, 30, 1, 1);
  put(DISTANCE_SYMBOLS, 30, SPECIAL | UNUSED);
  put(DISTANCE_SYMBOLS, 31, SPECIAL | UNUSED);
  for (let i: u32 = 0; i < 19; i++) put(LENGTH_SYMBOLS, i, i << 16);
}
