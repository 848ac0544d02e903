// The alphabets of deflate (RFC 1951, section 3.2.5). A match is held as length << 16 | distance - 1.

export const LITERALS: u32 = 286;
export const DISTANCES: u32 = 30;
export const END_OF_BLOCK: u32 = 256;
export const MIN_LENGTH: u32 = 3;
export const MAX_LENGTH: u32 = 258;
/** A literal, as a match: of one byte. */
export const LITERAL: u32 = 1 << 16;

const lengthSymbols = <u32>memory.data(260, 16);

/** Symbol of a length, counted from 257. */
export function lengthSymbol(length: u32): u32 {
  return load<u8>(lengthSymbols + length);
}

/** Extra bits of a length symbol. */
export function lengthExtra(symbol: u32): u32 {
  return symbol < 8 || symbol === 28 ? 0 : (symbol >> 2) - 1;
}

/** The shortest length with this symbol. */
export function lengthBase(symbol: u32): u32 {
  if (symbol < 8) return symbol + MIN_LENGTH;
  if (symbol === 28) return MAX_LENGTH;
  return MIN_LENGTH + ((4 + (symbol & 3)) << ((symbol >> 2) - 1));
}

/** Symbol of a distance less one. */
export function distanceSymbol(distance: u32): u32 {
  if (distance < 4) return distance;
  const log = 31 - clz(distance);
  return 2 * log + ((distance >> (log - 1)) & 1);
}

/** Extra bits of a distance symbol: the low bits of the distance less one. */
export function distanceExtra(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

export function fillSymbols(): void {
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const end: u32 = symbol === 28 ? MAX_LENGTH + 1 : lengthBase(symbol + 1);
    for (let length = lengthBase(symbol); length < end; length++) {
      store<u8>(lengthSymbols + length, symbol);
    }
  }
}
