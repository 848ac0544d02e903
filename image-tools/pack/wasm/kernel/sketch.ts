// Content sketches: a few numbers by which similar contents find each other.
import { GO, HASHED_BYTES, samples, spread, startSamples, takeSamples } from './samples';

/** Numbers in one sketch. */
const SKETCH_SIZE: u32 = 16;

/**
 * One-permutation min-hash of the bytes at `address`: the smallest sampled hash in each of
 * SKETCH_SIZE classes goes to `out` as u32, or 0xffffffff where a class saw none.
 */
export function sketch(address: u32, length: u32, out: u32): void {
  memory.fill(out, 0xff, SKETCH_SIZE << 2);
  const end = address + length;
  let p = min(end, address + HASHED_BYTES - 1);
  startSamples();
  takeSamples(address, p);
  while (p < end) {
    const next = min(end, p + GO);
    const top = takeSamples(p, next);
    for (let at = samples; at < top; at += 4) {
      const value = spread(load<u32>(at));
      const slot = out + ((value & (SKETCH_SIZE - 1)) << 2);
      if (value < load<u32>(slot)) store<u32>(slot, value);
    }
    p = next;
  }
}
