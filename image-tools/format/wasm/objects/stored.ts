import { BAD_STORED_LENGTH } from './faults.ts';
import { fail } from './host.ts';
import { alignToByte, at, count, end, nextWindow, skip, take } from './input.ts';
import { isFull, limit, moveTo, to, writeByte } from './output.ts';

/** How many bytes of the block are still to come. */
let left: u32 = 0;

/** Begins a block of plain bytes (RFC 1951, section 3.2.4). */
export function startStored(): void {
  alignToByte();
  left = take(16);
  if (left !== (take(16) ^ 0xffff)) fail(BAD_STORED_LENGTH);
  for (; left > 0 && count > 0; left--) writeByte(take(8));
}

/** Goes on until the block ends (true) or the piece is full. */
export function inflateStored(): bool {
  while (left > 0) {
    if (isFull()) return false;
    if (at >= end) nextWindow();
    // One byte past the limit, and no more, makes a piece full.
    const size = min(min(left, end - at), limit + 1 - to);
    memory.copy(to, at, size);
    skip(size);
    moveTo(to + size);
    left -= size;
  }
  return true;
}
