// What stands around the blocks of a zlib stream (RFC 1950).
import { alignBits, bitsEnd, startBits, writeBits } from './bit-writer';
import { writeStoredBlock } from './deflate-block';
import { startMatches } from './match-finder';

/** The most bytes whose sums stay below 2^32. */
const SUMMED: u32 = 5552;
const MODULUS: u32 = 65521;

function adler32(address: u32, length: u32): u32 {
  let low: u32 = 1;
  let high: u32 = 0;
  while (length > 0) {
    const run = min<u32>(length, SUMMED);
    const end = address + run;
    // Sixteen bytes at a time: `lows` is the sum of those before, once for each step.
    let lows = i32x4.splat(0);
    let befores = i32x4.splat(0);
    let weighed = i32x4.splat(0);
    const steps = run >> 4;
    for (let step: u32 = 0; step < steps; step++) {
      const bytes = v128.load(address);
      befores = i32x4.add(befores, lows);
      lows = i32x4.add(lows, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
      const first = i32x4.dot_i16x8_s(
        i16x8.extend_low_i8x16_u(bytes),
        i16x8(16, 15, 14, 13, 12, 11, 10, 9),
      );
      const second = i32x4.dot_i16x8_s(
        i16x8.extend_high_i8x16_u(bytes),
        i16x8(8, 7, 6, 5, 4, 3, 2, 1),
      );
      weighed = i32x4.add(weighed, i32x4.add(first, second));
      address += 16;
    }
    high += (steps << 4) * low + (sumLanes(befores) << 4) + sumLanes(weighed);
    low += sumLanes(lows);
    for (; address < end; address++) {
      low += load<u8>(address);
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
    length -= run;
  }
  return (high << 16) | low;
}

function sumLanes(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

/** Starts the stream of `length` bytes at `address`, which is written to `out`. */
export function startStream(address: u32, length: u32, out: u32): void {
  startMatches(address, length);
  if (out === 0) return;
  startBits(out);
  // CMF and FLG: a window of 32 KiB, the slowest algorithm.
  writeBits(0xda78, 16);
}

/**
 * Ends the stream; gives the address behind it. Unless it is the `last` part, an empty stored block
 * stands where the stream would end: what follows begins afresh.
 */
export function endStream(address: u32, length: u32, last: bool): u32 {
  if (!last || length === 0) writeStoredBlock(address, 0, last ? 1 : 0);
  alignBits();
  writeBits(bswap(adler32(address, length)), 32);
  return bitsEnd();
}
