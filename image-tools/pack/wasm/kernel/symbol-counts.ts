// How often the symbols of a block occur: LITERALS + DISTANCES numbers (u32).
import { DISTANCES, distanceSymbol, END_OF_BLOCK, LITERALS, lengthSymbol } from './deflate-symbols';

function increment(counts: u32, symbol: u32): void {
  const slot = counts + (symbol << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

/** Only the end of the block has been counted. */
export function startCounts(counts: u32): void {
  memory.fill(counts, 0, (LITERALS + DISTANCES) << 2);
  store<u32>(counts + (END_OF_BLOCK << 2), 1);
}

export function countLiteral(counts: u32, byte: u32): void {
  increment(counts, byte);
}

/** Counts a match: length << 16 | distance - 1. */
export function countMatch(counts: u32, match: u32): void {
  increment(counts, 257 + lengthSymbol(match >> 16));
  increment(counts, LITERALS + distanceSymbol(match & 0xffff));
}
