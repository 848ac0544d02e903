import { NO_ROOM } from './faults.ts';
import { fail } from './host.ts';
import { OUTPUT, OUTPUT_MARGIN } from './memory-map.ts';

/** Refuses to write `size` bytes at `address` unless they, and what may be written after, lie in memory. */
export function checkRoom(address: u32, size: u32): void {
  const stop = <u64>address + <u64>size + <u64>OUTPUT_MARGIN;
  if (address < <u32>OUTPUT || stop > (<u64>memory.size()) << 16) fail(NO_ROOM);
}
