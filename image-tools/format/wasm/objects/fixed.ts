import { startCodes } from './codes.ts';
import { buildTable } from './huffman.ts';
import {
  DISTANCE_SYMBOLS,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  LENGTHS,
  LITERAL_SYMBOLS,
} from './memory-map.ts';

/** Builds the tables of the fixed codes; once is enough. */
export function initFixed(): void {
  memory.fill(LENGTHS, 8, 288);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  buildTable(FIXED_LITERALS, LENGTHS, 288, LITERAL_SYMBOLS, 9, false);
  memory.fill(LENGTHS, 5, 32);
  buildTable(FIXED_DISTANCES, LENGTHS, 32, DISTANCE_SYMBOLS, 5, false);
}

/** Begins a block of the fixed codes (RFC 1951, section 3.2.6). */
export function startFixed(): void {
  startCodes(FIXED_LITERALS, 9, FIXED_DISTANCES, 5);
}
