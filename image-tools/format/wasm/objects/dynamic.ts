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
import { unloadFixed } from './fixed.ts';
import { fail } from './host.ts';
import { buildTable } from './huffman.ts';
import { at, bits, count, end, save, take } from './input.ts';
import {
  DISTANCE_SYMBOLS,
  DISTANCES,
  LENGTH_SYMBOLS,
  LENGTH_TABLE,
  LENGTHS,
  LITERAL_SYMBOLS,
  LITERALS,
} from './memory-map.ts';
import { extraBits, wordMask } from './raised-bits.ts';
import { extraOf, LENGTH_SHIFT, PREVIOUS, RAISED } from './symbols.ts';

const LITERAL_ROOT: u32 = 11;
const DISTANCE_ROOT: u32 = 8;
const LENGTH_ROOT: u32 = 7;
const MAX_LENGTH: u32 = 15;
const NO_LENGTH: u32 = 255;

/** The order in which a block gives the lengths of its code lengths: 16 17 18 0 8 7 9 6 10 ... */
function lengthPlace(i: u32): u32 {
  if (i < 3) return 16 + i;
  if (i === 3) return 0;
  return i & 1 ? 8 - ((i - 3) >> 1) : 8 + ((i - 4) >> 1);
}

/** Puts down a code length, `times` times; gives where the next one goes. */
function putLengths(to: u32, stop: u32, value: u32, times: u32): u32 {
  // Where there is none before the first, this is none either.
  if (value > MAX_LENGTH || times > stop - to) {
    fail(BAD_REPEAT);
    unreachable();
  }
  const next = to + times;
  const lanes = i8x16.splat(<i8>value);
  do {
    v128.store(to, lanes);
    to += 16;
  } while (to < next);
  return next;
}

/** Reads `total` code lengths, up to 15 bytes more are written. */
function readLengths(total: u32, width: u32): void {
  const stop: u32 = LENGTHS + total;
  const mask = wordMask(width);
  let to: u32 = LENGTHS;
  let value: u32 = NO_LENGTH;
  const lastAt = end - 8;
  let a = at;
  let b = bits << RAISED;
  let n = count + RAISED;
  while (to < stop && a <= lastAt) {
    b |= load<u64>(a) << (<u64>n);
    a += (63 - n) >> 3;
    n |= 56;
    const entry = load<u32>(<u32>b & mask, LENGTH_TABLE);
    const times = ((entry >> 16) & 15) + extraBits(entry, b);
    b >>= <u64>entry;
    n -= entry & 63;
    value = entry & PREVIOUS ? value : (entry >> LENGTH_SHIFT) & 15;
    to = putLengths(to, stop, value, times);
  }
  save(b >> RAISED, n - RAISED, a);
  while (to < stop) {
    const entry = decode(LENGTH_TABLE, width);
    const times = ((entry >> 16) & 15) + take(extraOf(entry));
    value = entry & PREVIOUS ? value : (entry >> LENGTH_SHIFT) & 15;
    to = putLengths(to, stop, value, times);
  }
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
  readLengths(literals + distances, width);
  if (load<u8>(LENGTHS + 256) === 0) fail(NO_END_CODE);
  unloadFixed();
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
  startCodes(literalBits, distanceBits);
}
