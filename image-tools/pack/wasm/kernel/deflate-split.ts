// Where to begin a new block: pieces of the path are merged as long as sharing one code is cheaper.

import { countSymbols } from './deflate-path';
import { DISTANCES, LITERALS } from './deflate-symbols';
import { BIT, log2 } from './logarithm';

const SYMBOLS: u32 = LITERALS + DISTANCES;
/** Symbols on the path in one piece. */
const PIECE_SYMBOLS: u32 = 1024;
/** Bits in the head of a block: some, and some for each symbol that it codes. */
const HEAD_COST: u32 = 70 * BIT;
const HEAD_SYMBOL_COST: u32 = 4 * BIT;

/** Most pieces on a path through `length` bytes. */
function maxPieces(length: u32): u32 {
  return length / PIECE_SYMBOLS + 2;
}

/** Memory for splitting a path through `length` bytes: counts, limits and costs of its pieces. */
export function splitMemory(length: u32): u32 {
  return maxPieces(length) * (SYMBOLS + 3) * 4;
}

/** Cost of coding both groups of counts with one code; the second may be the first. */
function mergedCost(a: u32, b: u32): u32 {
  let cost = HEAD_COST;
  let total: u32 = 0;
  for (let i: u32 = 0; i < SYMBOLS; i++) {
    if (i === LITERALS) {
      if (total > 0) cost += total * log2(total);
      total = 0;
    }
    let count = load<u32>(a + (i << 2));
    if (a !== b) count += load<u32>(b + (i << 2));
    if (count === 0) continue;
    total += count;
    cost += HEAD_SYMBOL_COST - count * log2(count);
  }
  return total > 0 ? cost + total * log2(total) : cost;
}

let pieces: u32 = 0;
let counts: u32 = 0;
let limits: u32 = 0;
let costs: u32 = 0;
let merged: u32 = 0;

function countsOf(piece: u32): u32 {
  return counts + piece * (SYMBOLS << 2);
}

/** Cuts the path into pieces, with their symbols counted. */
function cutPieces(address: u32, length: u32, choices: u32): void {
  pieces = 0;
  for (let from: u32 = 0; from < length; ) {
    let to = from;
    for (let symbols: u32 = 0; symbols < PIECE_SYMBOLS && to < length; symbols++) {
      to += load<u32>(choices + (to << 2)) >> 16;
    }
    countSymbols(address, from, to, choices, countsOf(pieces));
    store<u32>(limits + (pieces << 2), to);
    pieces++;
    from = to;
  }
}

function setMerged(piece: u32): void {
  if (piece + 1 >= pieces) return;
  store<u32>(merged + (piece << 2), mergedCost(countsOf(piece), countsOf(piece + 1)));
}

function merge(piece: u32): void {
  const into = countsOf(piece);
  const from = countsOf(piece + 1);
  for (let i: u32 = 0; i < SYMBOLS; i++) {
    store<u32>(into + (i << 2), load<u32>(into + (i << 2)) + load<u32>(from + (i << 2)));
  }
  store<u32>(costs + (piece << 2), load<u32>(merged + (piece << 2)));
  const later = pieces - piece - 2;
  memory.copy(from, from + (SYMBOLS << 2), later * (SYMBOLS << 2));
  memory.copy(limits + (piece << 2), limits + ((piece + 1) << 2), (later + 1) << 2);
  memory.copy(costs + ((piece + 1) << 2), costs + ((piece + 2) << 2), later << 2);
  if (later > 0) memory.copy(merged + ((piece + 1) << 2), merged + ((piece + 2) << 2), later << 2);
  pieces--;
  setMerged(piece);
  if (piece > 0) setMerged(piece - 1);
}

/** The piece that gains most from its merger with the next; beyond the last where none gains. */
function bestMerge(): u32 {
  let best = pieces;
  let bestGain: i32 = 0;
  for (let piece: u32 = 0; piece + 1 < pieces; piece++) {
    const apart = load<u32>(costs + (piece << 2)) + load<u32>(costs + (piece << 2), 4);
    const gain = <i32>(apart - load<u32>(merged + (piece << 2)));
    if (gain <= bestGain) continue;
    bestGain = gain;
    best = piece;
  }
  return best;
}

/**
 * Splits the path through `length` bytes at `address` into blocks; gives how many, and puts the end
 * of each (u32, a position) at the address that splitLimits gives. `room` has splitMemory bytes.
 */
export function splitBlocks(address: u32, length: u32, choices: u32, room: u32): u32 {
  const most = maxPieces(length);
  limits = room;
  costs = limits + (most << 2);
  merged = costs + (most << 2);
  counts = merged + (most << 2);
  cutPieces(address, length, choices);
  for (let piece: u32 = 0; piece < pieces; piece++) {
    const own = countsOf(piece);
    store<u32>(costs + (piece << 2), mergedCost(own, own));
    setMerged(piece);
  }
  for (let best = bestMerge(); best < pieces; best = bestMerge()) merge(best);
  return pieces;
}

export function splitLimits(): u32 {
  return limits;
}
