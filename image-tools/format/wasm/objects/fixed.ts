import { startCodes } from './codes.ts';
import { buildTable } from './huffman.ts';
import {
  DISTANCE_SYMBOLS,
  DISTANCES,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  LENGTHS,
  LITERAL_SYMBOLS,
  LITERALS,
} from './memory-map.ts';

const LITERAL_BITS: u32 = 9;
const DISTANCE_BITS: u32 = 5;

/** The tables of the fixed codes are where blocks have theirs. */
let isLoaded: bool = false;

/** Builds the tables of the fixed codes; once is enough. */
export function initFixed(): void {
  memory.fill(LENGTHS, 8, 288);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  buildTable(FIXED_LITERALS, LENGTHS, 288, LITERAL_SYMBOLS, LITERAL_BITS, false);
  memory.fill(LENGTHS, 5, 32);
  buildTable(FIXED_DISTANCES, LENGTHS, 32, DISTANCE_SYMBOLS, DISTANCE_BITS, false);
}

/** To be called before other tables are built where blocks have theirs. */
export function unloadFixed(): void {
  isLoaded = false;
}

/** Begins a block of the fixed codes (RFC 1951, section 3.2.6). */
export function startFixed(): void {
  if (!isLoaded) {
    memory.copy(LITERALS, FIXED_LITERALS, 4 << LITERAL_BITS);
    memory.copy(DISTANCES, FIXED_DISTANCES, 4 << DISTANCE_BITS);
    isLoaded = true;
  }
  startCodes(LITERAL_BITS, DISTANCE_BITS);
}
