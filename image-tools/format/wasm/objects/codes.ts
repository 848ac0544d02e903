import { decode } from './decode.ts';
import { decodeFast, INPUT_MARGIN } from './fast-loop.ts';
import { DISTANCE_TOO_FAR, UNUSED_DISTANCE, UNUSED_LITERAL } from './faults.ts';
import { fail } from './host.ts';
import { at, end, take } from './input.ts';
import { DISTANCES, LITERALS } from './memory-map.ts';
import { isFull, origin, to, writeByte, writeMatch } from './output.ts';
import { END, extraOf, LITERAL, SPECIAL } from './symbols.ts';

/** How many bits index each table of the block. */
let literalBits: u32 = 0;
let distanceBits: u32 = 0;

/** Begins a block of codes (RFC 1951, section 3.2.3), whose tables stand at LITERALS and DISTANCES. */
export function startCodes(newLiteralBits: u32, newDistanceBits: u32): void {
  literalBits = newLiteralBits;
  distanceBits = newDistanceBits;
}

/** Goes on until the block ends (true) or the piece is full. */
export function inflateCodes(): bool {
  while (!isFull()) {
    if (at + INPUT_MARGIN <= end) {
      if (decodeFast(literalBits, distanceBits)) return true;
      continue;
    }
    const entry = decode(LITERALS, literalBits);
    if (entry & LITERAL) {
      writeByte(entry >> 16);
      continue;
    }
    if (entry & SPECIAL) {
      if (!(entry & END)) fail(UNUSED_LITERAL);
      return true;
    }
    const length = (entry >> 16) + take(extraOf(entry));
    const code = decode(DISTANCES, distanceBits);
    if (code & SPECIAL) fail(UNUSED_DISTANCE);
    const distance = (code >> 16) + take(extraOf(code));
    if (distance > to - origin) fail(DISTANCE_TOO_FAR);
    writeMatch(length, distance);
  }
  return false;
}
