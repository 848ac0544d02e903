// Deflate with a near-optimal choice of matches: all matches are found once; then, block by block,
// the cheapest path through them is taken under costs that come from the path before.
import { alignBits, bitsEnd, startBits, writeBits } from './bit-writer';
import {
  dynamicBlockBits,
  fixedBlockBits,
  storedBlockBits,
  writeCodedBlock,
  writeStoredBlock,
} from './deflate-block';
import { choosePath, countSymbols, setCosts, setFixedCosts, setGuessedCosts } from './deflate-path';
import { splitBlocks, splitLimits, splitMemory } from './deflate-split';
import { DISTANCES, LITERALS } from './deflate-symbols';
import { findMatches, skipMatches, startMatches } from './match-finder';

/** Bytes that are split into blocks together. */
const MAX_PART: u32 = 1 << 18;
/** Matches remembered for one part; a part ends early where there are more. */
const MAX_MATCHES: u32 = 1 << 20;
/** Most matches of one position: one for each length. */
const MATCHES_OF_ONE: u32 = 256;
/** Blocks of fewer bytes are tried with the fixed codes too, whose head is free. */
const SMALL_BLOCK: u32 = 4096;

/** Arrays of u32, in the memory that deflateMemory asks for. */
let starts: u32 = 0;
let costs: u32 = 0;
let choices: u32 = 0;
let counts: u32 = 0;
let fixedCounts: u32 = 0;
let split: u32 = 0;
let matches: u32 = 0;

/** Memory that deflate works in, in bytes. */
export function deflateMemory(): u32 {
  const words = (MAX_PART + 2) * 3 + (LITERALS + DISTANCES) * 2 + MAX_MATCHES;
  return words * 4 + splitMemory(MAX_PART);
}

/** Most bytes that deflate gives for `length` bytes. */
export function deflateBound(length: u32): u32 {
  return length + length / 64 + 128;
}

function layOut(work: u32): void {
  starts = work;
  costs = starts + ((MAX_PART + 2) << 2);
  choices = costs + ((MAX_PART + 2) << 2);
  counts = choices + ((MAX_PART + 2) << 2);
  fixedCounts = counts + ((LITERALS + DISTANCES) << 2);
  split = fixedCounts + ((LITERALS + DISTANCES) << 2);
  matches = split + splitMemory(MAX_PART);
}

/** Lists the matches of all positions of the next part; gives its length. */
function listMatches(address: u32, length: u32, maxChain: u32, enough: u32): u32 {
  const most = min(length, MAX_PART);
  let top = matches;
  const full = matches + ((MAX_MATCHES - MATCHES_OF_ONE) << 2);
  let covered: u32 = 0;
  let i: u32 = 0;
  for (; i < most && top < full; i++) {
    store<u32>(starts + (i << 2), (top - matches) >> 2);
    const left = length - i;
    if (left < 4) continue;
    if (i < covered) {
      skipMatches(address + i);
      continue;
    }
    const end = findMatches(address + i, left, maxChain, enough, top);
    if (end > top && load<u32>(end - 4) >> 16 >= enough) covered = i + (load<u32>(end - 4) >> 16);
    top = end;
  }
  store<u32>(starts + (i << 2), (top - matches) >> 2);
  return i;
}

function adler32(address: u32, length: u32): u32 {
  let low: u32 = 1;
  let high: u32 = 0;
  while (length > 0) {
    // The most bytes whose sums stay below 2^32.
    const run = min<u32>(length, 5552);
    for (let i: u32 = 0; i < run; i++) {
      low += load<u8>(address + i);
      high += low;
    }
    low %= 65521;
    high %= 65521;
    address += run;
    length -= run;
  }
  return (high << 16) | low;
}

function writeBlock(address: u32, from: u32, to: u32, passes: u32, last: u32): void {
  countSymbols(address, from, to, choices, counts);
  let fixedBits: u32 = 0xffffffff;
  if (to - from < SMALL_BLOCK) {
    setFixedCosts();
    choosePath(address, from, to, starts, matches, costs, choices);
    countSymbols(address, from, to, choices, fixedCounts);
    fixedBits = fixedBlockBits(fixedCounts);
  }
  for (let pass: u32 = 0; pass < passes; pass++) {
    setCosts(counts);
    choosePath(address, from, to, starts, matches, costs, choices);
    countSymbols(address, from, to, choices, counts);
  }
  const dynamicBits = dynamicBlockBits(counts);
  if (storedBlockBits(to - from) <= min(dynamicBits, fixedBits)) {
    writeStoredBlock(address + from, to - from, last);
  } else if (fixedBits <= dynamicBits) {
    setFixedCosts();
    choosePath(address, from, to, starts, matches, costs, choices);
    writeCodedBlock(address, from, to, choices, true, last);
  } else {
    writeCodedBlock(address, from, to, choices, false, last);
  }
}

/**
 * Writes the zlib stream (RFC 1950) of the bytes at `address` to `out`; gives its size in bytes.
 * `maxChain` places are tried for each position; a match of `enough` bytes is taken without a look at
 * the positions that it covers; each block is improved `passes` times. Unless it is the `last` part of a
 * stream, an empty stored block stands where the stream would end: what follows begins afresh. `work` has
 * deflateMemory bytes, and `out` deflateBound bytes.
 */
export function deflate(
  address: u32,
  length: u32,
  maxChain: u32,
  enough: u32,
  passes: u32,
  last: bool,
  work: u32,
  out: u32,
): u32 {
  layOut(work);
  startBits(out);
  // CMF and FLG: a window of 32 KiB, the slowest algorithm.
  writeBits(0xda78, 16);
  startMatches(address, length);
  if (length === 0 && last) writeStoredBlock(address, 0, 1);
  for (let done: u32 = 0; done < length; ) {
    const part = listMatches(address + done, length - done, maxChain, enough);
    const start = address + done;
    done += part;
    setGuessedCosts(start, part, counts);
    choosePath(start, 0, part, starts, matches, costs, choices);
    const blocks = splitBlocks(start, part, choices, split);
    let from: u32 = 0;
    for (let block: u32 = 0; block < blocks; block++) {
      const to = load<u32>(splitLimits() + (block << 2));
      const ends = last && done === length && block + 1 === blocks;
      writeBlock(start, from, to, passes, ends ? 1 : 0);
      from = to;
    }
  }
  if (!last) writeStoredBlock(address, 0, 0);
  alignBits();
  const checksum = bswap(adler32(address, length));
  writeBits(checksum, 32);
  return bitsEnd() - out;
}
