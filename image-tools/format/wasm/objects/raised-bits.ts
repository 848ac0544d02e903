// The loops that hold the bit reader's state in locals hold its bits RAISED places higher. So the bits of a code,
// together with the two below them, are the place of its entry in a table of words.
import { RAISED } from './symbols.ts';

/** What a table of `width` bits is indexed with. */
export function wordMask(width: u32): u32 {
  return ((1 << width) - 1) << RAISED;
}

/** The extra bits behind the code that `b` begins with. */
export function extraBits(entry: u32, b: u64): u32 {
  const taken = <u32>(b & ((((<u64>1) << RAISED) << (<u64>entry)) - 1));
  // The lowest five bits of the shift are the length of the code, and RAISED.
  return taken >> (entry >> 8);
}
