// Content sketches: a few numbers by which similar contents find each other.

/** Numbers in one sketch. */
const SKETCH_SIZE: u32 = 16;

/** One position in 2^SAMPLE_BITS is looked at, chosen by content, so that it moves along with it. */
const SAMPLE_BITS: u32 = 5;

const gear = memory.data(1024, 16);

export function fillGear(): void {
  let state: u32 = 0x9e3779b9;
  for (let i: u32 = 0; i < 256; i++) {
    state += 0x6d2b79f5;
    let t = (state ^ (state >> 15)) * (1 | state);
    t = (t + (t ^ (t >> 7)) * (61 | t)) ^ t;
    store<u32>(<u32>gear + (i << 2), t ^ (t >> 14));
  }
}

/** The rolling hash of the last 32 bytes, after one byte more. */
export function roll(hash: u32, byte: u32): u32 {
  return (hash << 1) + load<u32>(<u32>gear + (byte << 2));
}

export function isSample(hash: u32): bool {
  return hash >> (32 - SAMPLE_BITS) === 0;
}

/** Spreads the bits of a sampled hash, whose top ones are all zero. */
export function spread(hash: u32): u32 {
  const x = hash * 0x9e3779b1;
  return x ^ (x >> 15);
}

/**
 * One-permutation min-hash of the bytes at `address`: the smallest sampled hash in each of
 * SKETCH_SIZE classes goes to `out` as u32, or 0xffffffff where a class saw none.
 */
export function sketch(address: u32, length: u32, out: u32): void {
  memory.fill(out, 0xff, SKETCH_SIZE << 2);
  let hash: u32 = 0;
  const end = address + length;
  for (let p = address; p < end; p++) {
    hash = roll(hash, load<u8>(p));
    if (!isSample(hash) || p - address < 31) continue;
    const value = spread(hash);
    const slot = out + ((value & (SKETCH_SIZE - 1)) << 2);
    if (value < load<u32>(slot)) store<u32>(slot, value);
  }
}
