import { startCodes } from './codes.ts';
import { decode } from './decode.ts';
import {
  BAD_DISTANCE_CODE,
  BAD_LENGTH_CODE,
  BAD_LITERAL_CODE,
  BAD_REPEAT,
  NO_END_CODE,
  TOO_MANY_CODES,
} from './faults.ts';
import { fail } from './host.ts';
import { buildTable } from './huffman.ts';
import { take } from './input.ts';
import {
  DISTANCE_SYMBOLS,
  DISTANCES,
  LENGTH_SYMBOLS,
  LENGTH_TABLE,
  LENGTHS,
  LITERAL_SYMBOLS,
  LITERALS,
} from './memory-map.ts';

const LITERAL_ROOT: u32 = 10;
const DISTANCE_ROOT: u32 = 8;
const LENGTH_ROOT: u32 = 7;

/** The order in which a block gives the lengths of its code lengths: 16 17 18 0 8 7 9 6 10 ... */
function lengthPlace(i: u32): u32 {
  if (i < 3) return 16 + i;
  if (i === 3) return 0;
  return i & 1 ? 8 - ((i - 3) >> 1) : 8 + ((i - 4) >> 1);
}

/** Begins a block with its own codes (RFC 1951, section 3.2.7), under zlib's conditions. */
export function startDynamic(): void {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const given = take(4) + 4;
  if (literals > 286 || distances > 30) fail(TOO_MANY_CODES);
  memory.fill(LENGTHS, 0, 19);
  for (let i: u32 = 0; i < given; i++) store<u8>(LENGTHS + lengthPlace(i), take(3));
  const width = buildTable(LENGTH_TABLE, LENGTHS, 19, LENGTH_SYMBOLS, LENGTH_ROOT, false);
  if (width < 0) fail(BAD_LENGTH_CODE);
  const total = literals + distances;
  for (let i: u32 = 0; i < total; ) {
    const symbol = decode(LENGTH_TABLE, width) >> 16;
    if (symbol < 16) {
      store<u8>(LENGTHS + i, symbol);
      i += 1;
      continue;
    }
    let length: u32 = 0;
    let times: u32 = 0;
    if (symbol === 16) {
      if (i === 0) fail(BAD_REPEAT);
      length = load<u8>(LENGTHS + i - 1);
      times = 3 + take(2);
    } else {
      times = symbol === 17 ? 3 + take(3) : 11 + take(7);
    }
    if (times > total - i) fail(BAD_REPEAT);
    memory.fill(LENGTHS + i, <u8>length, times);
    i += times;
  }
  if (load<u8>(LENGTHS + 256) === 0) fail(NO_END_CODE);
  const literalBits = buildTable(LITERALS, LENGTHS, literals, LITERAL_SYMBOLS, LITERAL_ROOT, true);
  if (literalBits < 0) fail(BAD_LITERAL_CODE);
  const distanceBits = buildTable(
    DISTANCES,
    LENGTHS + literals,
    distances,
    DISTANCE_SYMBOLS,
    DISTANCE_ROOT,
    true,
  );
  if (distanceBits < 0) fail(BAD_DISTANCE_CODE);
  startCodes(LITERALS, literalBits, DISTANCES, distanceBits);
}
