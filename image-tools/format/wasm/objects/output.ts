// Inflated bytes pile up after their own history, so matches are copied within one memory.
import { adler32 } from './adler32.ts';
import { HISTORY_SIZE, OUTPUT } from './memory-map.ts';

/** Address of the first byte that a match can reach. */
export let origin: u32 = OUTPUT;
/** Address of the first byte of the piece in the making, and of the next byte. */
export let from: u32 = OUTPUT;
export let to: u32 = OUTPUT;
/** Beyond this address, the piece is full; writing may pass it by one match. */
export let limit: u32 = OUTPUT;
/** Adler-32 of all pieces that were ended. */
export let checksum: u32 = 1;

/** Begins a stream that is taken piece by piece. */
export function startOutput(): void {
  origin = from = to = OUTPUT;
  checksum = 1;
}

/** Goes on with a stream whose last bytes, `history` of them, stand at OUTPUT; `sum` is the checksum so far. */
export function resumeOutput(history: u32, sum: u32): void {
  origin = OUTPUT;
  from = to = OUTPUT + history;
  checksum = sum;
}

/** Begins a stream that is one piece of `wanted` bytes at `address`, with {@link OUTPUT_MARGIN} after it. */
export function startWhole(address: u32, wanted: u32): void {
  origin = from = to = address;
  limit = address + wanted;
  checksum = 1;
}

/** Begins a piece of `wanted` bytes; keeps the history that a match can reach. */
export function startPiece(wanted: u32): void {
  const kept: u32 = min(HISTORY_SIZE, to - OUTPUT);
  memory.copy(OUTPUT, to - kept, kept);
  from = to = OUTPUT + kept;
  limit = to + wanted;
}

export function endPiece(): void {
  checksum = adler32(checksum, from, to);
}

export function isFull(): bool {
  return to > limit;
}

export function moveTo(address: u32): void {
  to = address;
}

export function writeByte(byte: u32): void {
  store<u8>(to, byte);
  to += 1;
}

/** Copies `length` bytes from `distance` back, which may overlap what it writes. */
export function writeMatch(length: u32, distance: u32): void {
  const stop = to + length;
  for (; to < stop; to += 1) store<u8>(to, load<u8>(to - distance));
}
