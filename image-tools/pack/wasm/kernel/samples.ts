// Positions sampled by content, so that they move along with it: those where a rolling hash of the last bytes is
// small.

/** One position in 2^SAMPLE_BITS is. */
const SAMPLE_BITS: u32 = 5;

/** Bytes that the hash depends on. */
export const HASHED_BYTES: u32 = 32;

/** Most bytes looked at in one go. */
export const GO: u32 = 4096;

const gear = <u32>memory.data(1024, 16);

/** The samples of the last go, as u32. */
export const samples = <u32>memory.data(4 * (GO + 1), 16);

let rolling: u32 = 0;

export function fillGear(): void {
  let state: u32 = 0x9e3779b9;
  for (let i: u32 = 0; i < 256; i++) {
    state += 0x6d2b79f5;
    let t = (state ^ (state >> 15)) * (1 | state);
    t = (t + (t ^ (t >> 7)) * (61 | t)) ^ t;
    store<u32>(gear + (i << 2), t ^ (t >> 14));
  }
}

function roll(hash: u32, byte: u32): u32 {
  return (hash << 1) + load<u32>(gear + (byte << 2));
}

/** Bytes that a hash takes in the list: none, unless it is a sample. */
function room(hash: u32): u32 {
  return hash >> (32 - SAMPLE_BITS) === 0 ? 4 : 0;
}

/** Spreads the bits of a sampled hash, whose top ones are all zero. */
export function spread(hash: u32): u32 {
  const x = hash * 0x9e3779b1;
  return x ^ (x >> 15);
}

/** Forgets all bytes so far. */
export function startSamples(): void {
  rolling = 0;
}

/**
 * Lists the hashes that are samples among those of the bytes from `p` to `end`, at most GO of them, which go on from the last
 * ones; gives the end of the list. It does without branches, which nothing could foretell: every hash is
 * written, and only samples stay.
 */
export function takeSamples(p: u32, end: u32): u32 {
  let hash = rolling;
  let top = samples;
  for (; p + 4 <= end; p += 4) {
    const word = load<u32>(p);
    hash = roll(hash, word & 0xff);
    store<u32>(top, hash);
    top += room(hash);
    hash = roll(hash, (word >> 8) & 0xff);
    store<u32>(top, hash);
    top += room(hash);
    hash = roll(hash, (word >> 16) & 0xff);
    store<u32>(top, hash);
    top += room(hash);
    hash = roll(hash, word >> 24);
    store<u32>(top, hash);
    top += room(hash);
  }
  for (; p < end; p++) {
    hash = roll(hash, load<u8>(p));
    store<u32>(top, hash);
    top += room(hash);
  }
  rolling = hash;
  return top;
}
