/**
 * What it takes to read an object, in microseconds of a processor of some 3 GHz: measured with
 * test/bench/readers.ts. Only what they are to each other counts.
 */
const ENTRY = 2.5;
const INFLATED_BYTE = 0.0025;
const COPIED_BYTE = 0.00015;
/** Of a read that takes longer, in microseconds, the rest weighs so many times as much: nobody waits for an average. */
const LONG = 80;
const LONG_WEIGHT = 3.25;

/** Microseconds that a reader needs for an object of `size` bytes that is stored whole. */
export function readWhole(size: number): number {
  return ENTRY + size * INFLATED_BYTE;
}

/**
 * Microseconds that a delta adds to those of its base: for the link itself, for inflating `deltaSize`
 * bytes and for building `size` bytes.
 */
export function readLink(deltaSize: number, size: number): number {
  return ENTRY + deltaSize * INFLATED_BYTE + size * COPIED_BYTE;
}

/** What a read of so many microseconds weighs: the microseconds, and more where there are many. */
export function weighRead(microseconds: number): number {
  return microseconds + (LONG_WEIGHT - 1) * Math.max(0, microseconds - LONG);
}
