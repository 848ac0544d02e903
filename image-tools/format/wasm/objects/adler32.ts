const BASE: u32 = 65521;
/** The most bytes before 32-bit sums can overflow (RFC 1950, and zlib's NMAX). */
const RUN: u32 = 5552;

function sumLanes(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

/** The Adler-32 of the bytes from `from` to `to`, after those that gave `seed` (1 at the start). */
export function adler32(seed: u32, from: u32, to: u32): u32 {
  const ones = i16x8.splat(1);
  const firstWeights = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const lastWeights = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  let low = seed & 0xffff;
  let high = seed >> 16;
  while (from < to) {
    const stop = min(from + RUN, to);
    if (from + 16 <= stop) {
      // 16 bytes at a time: `high` grows by 16 times what `low` was, and by each byte's weight.
      let sums = i32x4.splat(0);
      let earlier = i32x4.splat(0);
      let weighted = i32x4.splat(0);
      high += ((stop - from) >> 4) * 16 * low;
      do {
        const bytes = v128.load(from);
        const first = i16x8.extend_low_i8x16_u(bytes);
        const last = i16x8.extend_high_i8x16_u(bytes);
        earlier = i32x4.add(earlier, sums);
        sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.add(first, last), ones));
        weighted = i32x4.add(
          weighted,
          i32x4.add(i32x4.dot_i16x8_s(first, firstWeights), i32x4.dot_i16x8_s(last, lastWeights)),
        );
        from += 16;
      } while (from + 16 <= stop);
      low += sumLanes(sums);
      high += 16 * sumLanes(earlier) + sumLanes(weighted);
    }
    for (; from < stop; from += 1) {
      low += load<u8>(from);
      high += low;
    }
    low %= BASE;
    high %= BASE;
  }
  return (high << 16) | low;
}
