import { decode } from './decode.ts';
import { decodeFast, INPUT_MARGIN } from './fast-loop.ts';
import { DISTANCE_TOO_FAR, UNUSED_DISTANCE, UNUSED_LITERAL } from './faults.ts';
import { fail } from './host.ts';
import { at, end, take } from './input.ts';
import { isFull, origin, to, writeByte, writeMatch } from './output.ts';
import { END, LITERAL, SPECIAL, widthOf } from './symbols.ts';

/** The tables of the block, and how many bits index each. */
let literals: u32 = 0;
let literalBits: u32 = 0;
let distances: u32 = 0;
let distanceBits: u32 = 0;

/** Begins a block of codes (RFC 1951, section 3.2.3). */
export function startCodes(
  newLiterals: u32,
  newLiteralBits: u32,
  newDistances: u32,
  newDistanceBits: u32,
): void {
  literals = newLiterals;
  literalBits = newLiteralBits;
  distances = newDistances;
  distanceBits = newDistanceBits;
}

/** Goes on until the block ends (true) or the piece is full. */
export function inflateCodes(): bool {
  while (!isFull()) {
    if (at + INPUT_MARGIN <= end) {
      if (decodeFast(literals, literalBits, distances, distanceBits)) return true;
      continue;
    }
    const entry = decode(literals, literalBits);
    if (entry & LITERAL) {
      writeByte(entry >> 16);
      continue;
    }
    if (entry & SPECIAL) {
      if (!(entry & END)) fail(UNUSED_LITERAL);
      return true;
    }
    const length = (entry >> 16) + take(widthOf(entry));
    const code = decode(distances, distanceBits);
    if (code & SPECIAL) fail(UNUSED_DISTANCE);
    const distance = (code >> 16) + take(widthOf(code));
    if (distance > to - origin) fail(DISTANCE_TOO_FAR);
    writeMatch(length, distance);
  }
  return false;
}
