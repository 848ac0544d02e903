// Deflate at one go: matches are chosen as they are found, and blocks end where a code of their own pays.
import {
  dynamicBlockBits,
  fixedBlockBits,
  leastBlockBits,
  storedBlockBits,
  writeCodedBlock,
  writeStoredBlock,
} from './deflate-block';
import {
  blockCounts,
  blockEnd,
  mergePieces,
  nextPiece,
  pushPiece,
  splitMemory,
  startPieces,
} from './deflate-split';
import { endStream, startStream } from './deflate-stream';
import { chooseLazily } from './lazy-path';

/** Bytes that are split into blocks together. */
const MAX_PART: u32 = 1 << 18;
/** Bytes of a stream beside its blocks. */
const FRAME: u32 = 6;

/** Memory that deflateLazily works in, in bytes. */
export function lazyMemory(): u32 {
  return (MAX_PART << 2) + splitMemory(MAX_PART);
}

/** Writes a block behind `held` bits of a byte, or only measures it; gives its bits. */
function writeBlock(
  address: u32,
  from: u32,
  to: u32,
  counts: u32,
  choices: u32,
  last: u32,
  held: u32,
  isWritten: bool,
): u32 {
  const fixedBits = fixedBlockBits(counts);
  const dynamicBits = dynamicBlockBits(counts);
  const storedBits = storedBlockBits(to - from, held);
  const bits = min(min(fixedBits, dynamicBits), storedBits);
  if (!isWritten) return bits;
  if (bits === storedBits) writeStoredBlock(address + from, to - from, last);
  else writeCodedBlock(address, from, to, choices, bits === fixedBits, last);
  return bits;
}

/**
 * Writes the zlib stream (RFC 1950) of the bytes at `address` to `out`, and gives its size in bytes; gives 0
 * as soon as it becomes clear that it would be more than `limit`. Without `out` nothing is written.
 * `maxChain` places are tried for each position; a match of `enough` bytes is taken at once. Unless
 * it is the `last` part of a stream, an empty stored block stands where the stream would end. `work` has
 * lazyMemory bytes, and `out` deflateBound bytes.
 */
export function deflateLazily(
  address: u32,
  length: u32,
  maxChain: u32,
  enough: u32,
  last: bool,
  limit: u32,
  work: u32,
  out: u32,
): u32 {
  const choices = work + splitMemory(MAX_PART);
  const limitBits = (<u64>limit) << 3;
  let bits: u64 = FRAME << 3;
  startStream(address, length, out);
  for (let done: u32 = 0; done < length; ) {
    const start = address + done;
    const part = min(length - done, MAX_PART);
    startPieces(part, work);
    let least = bits;
    for (let at: u32 = 0; at < part; ) {
      const counts = nextPiece();
      const from = at;
      at = chooseLazily(start, from, part, maxChain, enough, choices, counts);
      pushPiece(at);
      least += leastBlockBits(counts, at - from);
      if (least > limitBits) return 0;
    }
    done += part;
    const blocks = mergePieces();
    let from: u32 = 0;
    for (let block: u32 = 0; block < blocks; block++) {
      const to = blockEnd(block);
      const ends = last && done === length && block + 1 === blocks;
      const counts = blockCounts(block);
      const held = <u32>bits & 7;
      bits += writeBlock(start, from, to, counts, choices, ends ? 1 : 0, held, out !== 0);
      if (bits > limitBits) return 0;
      from = to;
    }
  }
  if (out === 0) return <u32>((bits + 7) >> 3);
  return endStream(address, length, last) - out;
}
