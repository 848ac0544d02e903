// What stands around the blocks of a zlib stream (RFC 1950).
import { adler32 } from '../../../format/wasm/objects/adler32';
import { alignBits, bitsEnd, startBits, writeBits } from './bit-writer';
import { writeStoredBlock } from './deflate-block';
import { startMatches } from './match-finder';

/** Starts the stream of `length` bytes at `address`, which is written to `out`. */
export function startStream(address: u32, length: u32, out: u32): void {
  startMatches(address, length);
  if (out === 0) return;
  startBits(out);
  // CMF and FLG: a window of 32 KiB, the slowest algorithm.
  writeBits(0xda78, 16);
}

/**
 * Ends the stream; gives the address behind it. Unless it is the `last` part, an empty stored block
 * stands where the stream would end: what follows begins afresh.
 */
export function endStream(address: u32, length: u32, last: bool): u32 {
  if (!last || length === 0) writeStoredBlock(address, 0, last ? 1 : 0);
  alignBits();
  writeBits(bswap(adler32(1, address, address + length)), 32);
  return bitsEnd();
}
