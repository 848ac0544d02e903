// The bit reader. Deflate packs bits from the lowest of each byte up, so `bits` holds the next ones
// lowest first, `count` of them: 61 at most, for the fast loops need two places more. Above those may stand more bits of the byte at `at`: a wide refill
// leaves them, and the next one puts the same ones there again.
import { refill } from './host.ts';
import { INPUT } from './memory-map.ts';

export let bits: u64 = 0;
export let count: u32 = 0;
/** Address of the next byte, and of the end of those at hand. */
export let at: u32 = INPUT;
export let end: u32 = INPUT;

/** Begins with the bytes at hand, from `start` to `stop`: none if the two are the same. */
export function startInput(start: u32, stop: u32): void {
  save(0, 0, start);
  end = stop;
}

/** Takes the state back from a loop that held it in locals. */
export function save(newBits: u64, newCount: u32, newAt: u32): void {
  bits = newBits;
  count = newCount;
  at = newAt;
}

export function nextWindow(): void {
  const size = refill();
  at = INPUT;
  end = INPUT + size;
}

/** Adds one byte, wherever it comes from. */
export function pull(): void {
  if (at >= end) nextWindow();
  bits |= (<u64>load<u8>(at)) << (<u64>count);
  at += 1;
  count += 8;
}

export function drop(n: u32): void {
  bits >>= <u64>n;
  count -= n;
}

/** The next `n` bits, at most 16. Never reads a byte that they do not need. */
export function take(n: u32): u32 {
  while (count < n) pull();
  const value = <u32>bits & ((1 << n) - 1);
  drop(n);
  return value;
}

/** Drops the rest of a byte that was begun, and forgets what stands above `count`. */
export function alignToByte(): void {
  drop(count & 7);
  bits &= ((<u64>1) << (<u64>count)) - 1;
}

/** Moves past bytes that the caller took straight from memory. */
export function skip(size: u32): void {
  at += size;
}
