// Where to begin a new block: pieces of the path are merged as long as sharing one code is cheaper.

import { DISTANCES, END_OF_BLOCK, LITERALS } from './deflate-symbols';
import { BIT, log2 } from './logarithm';

const SYMBOLS: u32 = LITERALS + DISTANCES;
/** Symbols on the path in one piece. */
export const PIECE_SYMBOLS: u32 = 1024;
/** Bits in the head of a block: some, and some for each symbol that it codes. */
const HEAD_COST: u32 = 70 * BIT;
const HEAD_SYMBOL_COST: u32 = 4 * BIT;

/** Most pieces on a path through `length` bytes. */
function maxPieces(length: u32): u32 {
  return length / PIECE_SYMBOLS + 2;
}

/** Memory for splitting a path through `length` bytes: counts, ends and costs of its pieces. */
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
/** Of each piece its counts, its end, its cost, and the cost of it and the next one together. */
let counts: u32 = 0;
let ends: u32 = 0;
let costs: u32 = 0;
let merged: u32 = 0;

function countsOf(piece: u32): u32 {
  return counts + piece * (SYMBOLS << 2);
}

/** Starts the pieces of a path through `length` bytes; `room` has splitMemory bytes. */
export function startPieces(length: u32, room: u32): void {
  const most = maxPieces(length);
  ends = room;
  costs = ends + (most << 2);
  merged = costs + (most << 2);
  counts = merged + (most << 2);
  pieces = 0;
}

/** Room for the counts of the next piece, which has PIECE_SYMBOLS symbols, or is the last one. */
export function nextPiece(): u32 {
  return countsOf(pieces);
}

/** Ends the next piece at position `end`. */
export function pushPiece(end: u32): void {
  store<u32>(ends + (pieces << 2), end);
  pieces++;
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
  memory.copy(ends + (piece << 2), ends + ((piece + 1) << 2), (later + 1) << 2);
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

/** Merges the pieces into blocks; gives how many. */
export function mergePieces(): u32 {
  // Most content is small: one piece needs no costs.
  if (pieces < 2) return pieces;
  for (let piece: u32 = 0; piece < pieces; piece++) {
    const own = countsOf(piece);
    store<u32>(costs + (piece << 2), mergedCost(own, own));
    setMerged(piece);
  }
  for (let best = bestMerge(); best < pieces; best = bestMerge()) merge(best);
  return pieces;
}

/** The position behind a block. */
export function blockEnd(block: u32): u32 {
  return load<u32>(ends + (block << 2));
}

/** The counts of the symbols in a block, its end included. */
export function blockCounts(block: u32): u32 {
  const own = countsOf(block);
  store<u32>(own + (END_OF_BLOCK << 2), 1);
  return own;
}
