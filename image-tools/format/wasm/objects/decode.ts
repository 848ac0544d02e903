import { bits, count, drop, pull } from './input.ts';
import { SECOND, widthOf } from './symbols.ts';

/** The entry of the code that the bits at hand begin with, which is dropped; 0 if they are too few. */
function tryDecode(table: u32, rootBits: u32): u32 {
  const entry = load<u32>(table + 4 * (<u32>bits & ((1 << rootBits) - 1)));
  if (!(entry & SECOND)) {
    if (widthOf(entry) > count) return 0;
    drop(widthOf(entry));
    return entry;
  }
  if (rootBits > count) return 0;
  const rest = <u32>(bits >> <u64>rootBits) & ((1 << widthOf(entry)) - 1);
  const second = load<u32>(table + 4 * ((entry >> 16) + rest));
  if (rootBits + widthOf(second) > count) return 0;
  drop(rootBits + widthOf(second));
  return second;
}

/** The entry of the next code, which is dropped. Pulls no byte that the code does not need. */
export function decode(table: u32, rootBits: u32): u32 {
  let entry = tryDecode(table, rootBits);
  while (entry === 0) {
    pull();
    entry = tryDecode(table, rootBits);
  }
  return entry;
}
