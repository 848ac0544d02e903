// Deltas of git: two sizes, then copies out of the base and bytes of their own.
import {
  COPY_ENDS,
  OUT_OF_BOUNDS,
  RESERVED_INSTRUCTION,
  SIZE_TOO_LARGE,
  SIZE_WITHOUT_END,
  SIZES_END,
  WRONG_BASE_SIZE,
  WRONG_RESULT_SIZE,
} from './faults.ts';
import { fail } from './host.ts';
import { COPY_BYTES, OUTPUT } from './memory-map.ts';
import { checkRoom } from './room.ts';

/** JavaScript's numbers are not exact beyond 2^53. */
const SIZE_BITS: u64 = 53;
/**
 * Both sizes must end before this: a varint could have leading zero groups without end.
 * MAX_DELTA_SIZES_LENGTH is one more.
 */
const MAX_SIZES_LENGTH: u32 = 20;
/** So many bytes are copied whether they are wanted or not: most copies have no more, and no branch can tell. */
const AT_ONCE: u32 = 64;
/** Copies of up to so many bytes are made inline: a call costs more. */
const SHORT: u32 = 256;
/** Of a lane that is not there, a byte of 0 is taken. */
const NO_LANE: u8 = 128;
/** The offset of a copy has four bytes, its length three: each is there if its bit of the instruction is set. */
const COPY_LANES: u32 = 7;

/** Where the delta begins, its next byte, and its end. */
let start: u32 = OUTPUT;
let at: u32 = OUTPUT;
let end: u32 = OUTPUT;
let baseSize: u64 = 0;

function nextSize(): u64 {
  let size: u64 = 0;
  let byte: u64 = 128;
  for (let shift: u64 = 0; byte >= 128; shift += 7) {
    if (at - start > MAX_SIZES_LENGTH) fail(SIZE_WITHOUT_END);
    if (at === end) fail(SIZES_END);
    byte = <u64>load<u8>(at);
    at += 1;
    const group = byte & 127;
    if (group !== 0) {
      if (shift >= SIZE_BITS || group >> (SIZE_BITS - shift) !== 0) fail(SIZE_TOO_LARGE);
      size |= group << shift;
    }
  }
  return size;
}

/** Begins the delta of `size` bytes at `address`; gives the size of its result. */
export function startDelta(address: u32, size: u32): f64 {
  start = at = address;
  end = address + size;
  baseSize = nextSize();
  return <f64>nextSize();
}

/** Fills the table of where the bytes of copies stand. */
export function initCopies(): void {
  for (let op: u32 = 0; op < 128; op++) {
    let next: u8 = 0;
    for (let lane: u32 = 0; lane < 8; lane++) {
      const isThere = lane < COPY_LANES && ((op >> lane) & 1) !== 0;
      store<u8>(COPY_BYTES + 8 * op + lane, isThere ? next : NO_LANE);
      if (isThere) next += 1;
    }
  }
}

function copyAtOnce(to: u32, from: u32): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** May write up to 63 bytes more: what comes next takes their place, or the margin has room for them. */
function copyBytes(to: u32, from: u32, length: u32): void {
  if (length > SHORT) {
    memory.copy(to, from, length);
    return;
  }
  const stop = to + length;
  do {
    copyAtOnce(to, from);
    to += AT_ONCE;
    from += AT_ONCE;
  } while (to < stop);
}

/**
 * Applies the delta begun last to the `size` bytes at `base`, which must be what it was made for; the
 * result fills `outSize` bytes at `out`, which overlap neither.
 */
export function applyDelta(base: u32, size: u32, out: u32, outSize: u32): void {
  checkRoom(base, size);
  checkRoom(out, outSize);
  if (baseSize !== <u64>size) fail(WRONG_BASE_SIZE);
  const stop = out + outSize;
  let to = out;
  let i = at;
  while (i < end) {
    const op: u32 = load<u8>(i);
    i += 1;
    if (op < 128) {
      if (op === 0) fail(RESERVED_INSTRUCTION);
      if (op > end - i || op > stop - to) fail(OUT_OF_BOUNDS);
      copyBytes(to, i, op);
      i += op;
      to += op;
      continue;
    }
    const given = <u32>popcnt(op & 127);
    if (given > end - i) fail(COPY_ENDS);
    // All at once, without a branch for each byte: reading may pass the delta's end by a few.
    const lanes = v128.load64_zero(COPY_BYTES + 8 * (op & 127));
    const fields = i8x16.swizzle(v128.load64_zero(i), lanes);
    i += given;
    const from: u32 = i32x4.extract_lane(fields, 0);
    let length: u32 = i32x4.extract_lane(fields, 1);
    if (length === 0) length = 0x10000;
    if (length > size || from > size - length || length > stop - to) fail(OUT_OF_BOUNDS);
    copyBytes(to, base + from, length);
    to += length;
  }
  if (to !== stop) fail(WRONG_RESULT_SIZE);
}
