// Deflate with a near-optimal choice of matches: all matches are found once; then, block by block,
// the cheapest path through them is taken under costs that come from the path before.
import { heldBits } from './bit-writer';
import {
  dynamicBlockBits,
  fixedBlockBits,
  storedBlockBits,
  writeCodedBlock,
  writeStoredBlock,
} from './deflate-block';
import { choosePath, countSymbols, setCosts, setFixedCosts, setGuessedCosts } from './deflate-path';
import {
  blockCounts,
  blockEnd,
  mergePieces,
  nextPiece,
  PIECE_SYMBOLS,
  pushPiece,
  splitMemory,
  startPieces,
} from './deflate-split';
import { endStream, startStream } from './deflate-stream';
import { DISTANCES, LITERALS } from './deflate-symbols';
import { chooseLongest } from './longest-path';
import { findMatches, skipMatches } from './match-finder';

/** Bytes that are split into blocks together. */
const MAX_PART: u32 = 1 << 18;
/** Matches remembered for one part; a part ends early where there are more. */
const MAX_MATCHES: u32 = 1 << 20;
/** Most matches of one position: one for each length. */
const MATCHES_OF_ONE: u32 = 256;
/** Blocks of fewer bytes are tried with the fixed codes too, whose head is free. */
const SMALL_BLOCK: u32 = 4096;

const NO_LIMIT: u32 = 0xffffffff;

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

function writeBlock(address: u32, from: u32, to: u32, counts: u32, passes: u32, last: u32): void {
  let fixedBits: u32 = 0xffffffff;
  if (to - from < SMALL_BLOCK) {
    setFixedCosts();
    choosePath(address, from, to, starts, matches, costs, choices);
    countSymbols(address, from, to, NO_LIMIT, choices, fixedCounts);
    fixedBits = fixedBlockBits(fixedCounts);
  }
  for (let pass: u32 = 0; pass < passes; pass++) {
    setCosts(counts);
    choosePath(address, from, to, starts, matches, costs, choices);
    countSymbols(address, from, to, NO_LIMIT, choices, counts);
  }
  const dynamicBits = dynamicBlockBits(counts);
  if (storedBlockBits(to - from, heldBits()) <= min(dynamicBits, fixedBits)) {
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
 * the positions that it covers; each block is improved `passes` times,
 * from a `guess` on what things cost, or else from the longest matches. Unless it is the `last` part of a
 * stream, an empty stored block stands where the stream would end: what follows begins afresh. `work` has
 * deflateMemory bytes, and `out` deflateBound bytes.
 */
export function deflate(
  address: u32,
  length: u32,
  maxChain: u32,
  enough: u32,
  passes: u32,
  guess: bool,
  last: bool,
  work: u32,
  out: u32,
): u32 {
  layOut(work);
  startStream(address, length, out);
  for (let done: u32 = 0; done < length; ) {
    const start = address + done;
    const part = listMatches(start, length - done, maxChain, enough);
    done += part;
    if (guess) {
      setGuessedCosts(start, part, counts);
      choosePath(start, 0, part, starts, matches, costs, choices);
    } else {
      chooseLongest(part, starts, matches, choices);
    }
    startPieces(part, split);
    for (let at: u32 = 0; at < part; ) {
      at = countSymbols(start, at, part, PIECE_SYMBOLS, choices, nextPiece());
      pushPiece(at);
    }
    const blocks = mergePieces();
    let from: u32 = 0;
    for (let block: u32 = 0; block < blocks; block++) {
      const to = blockEnd(block);
      const ends = last && done === length && block + 1 === blocks;
      writeBlock(start, from, to, blockCounts(block), passes, ends ? 1 : 0);
      from = to;
    }
  }
  return endStream(address, length, last) - out;
}
