// The cheapest way through a block: at each position a literal or one of its matches, under given
// costs of the symbols, all in units of 1/32 of a bit.
import {
  DISTANCES,
  distanceExtra,
  distanceSymbol,
  LITERAL,
  LITERALS,
  lengthExtra,
  lengthSymbol,
  MAX_LENGTH,
  MIN_LENGTH,
} from './deflate-symbols';
import { BIT, log2 } from './logarithm';
import { countLiteral, countMatch, startCounts } from './symbol-counts';

const literalCosts = <u32>memory.data(256 << 2, 16);
/** Four at a time are read, also from the last length on. */
const lengthCosts = <u32>memory.data(264 << 2, 16);
const distanceCosts = <u32>memory.data(32 << 2, 16);

function setLengthCost(length: u32, symbolCost: u32): void {
  store<u32>(lengthCosts + (length << 2), symbolCost + lengthExtra(lengthSymbol(length)) * BIT);
}

function setDistanceCost(symbol: u32, symbolCost: u32): void {
  store<u32>(distanceCosts + (symbol << 2), symbolCost + distanceExtra(symbol) * BIT);
}

/** Costs of a symbol seen `frequency` times of `total`: one not seen is taken for half seen. */
function symbolCost(frequency: u32, total: u32): u32 {
  if (total === 0) return 8 * BIT;
  return frequency === 0 ? log2(total) + BIT : log2(total) - log2(frequency);
}

function at(table: u32, i: u32): u32 {
  return load<u32>(table + (i << 2));
}

function sum(frequencies: u32, count: u32): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) total += at(frequencies, i);
  return total;
}

/** Costs by the frequencies of the literal and length symbols, then of the distance symbols. */
export function setCosts(frequencies: u32): void {
  const total = sum(frequencies, LITERALS);
  for (let byte: u32 = 0; byte < 256; byte++) {
    store<u32>(literalCosts + (byte << 2), symbolCost(at(frequencies, byte), total));
  }
  for (let length = MIN_LENGTH; length <= MAX_LENGTH; length++) {
    setLengthCost(length, symbolCost(at(frequencies, 257 + lengthSymbol(length)), total));
  }
  const distances = frequencies + (LITERALS << 2);
  const totalDistances = sum(distances, DISTANCES);
  for (let symbol: u32 = 0; symbol < DISTANCES; symbol++) {
    setDistanceCost(symbol, symbolCost(at(distances, symbol), totalDistances));
  }
}

/** The costs of the fixed codes: RFC 1951, section 3.2.6. */
export function setFixedCosts(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    store<u32>(literalCosts + (byte << 2), (byte < 144 ? 8 : 9) * BIT);
  }
  for (let length = MIN_LENGTH; length <= MAX_LENGTH; length++) {
    setLengthCost(length, (lengthSymbol(length) < 23 ? 7 : 8) * BIT);
  }
  for (let symbol: u32 = 0; symbol < DISTANCES; symbol++) setDistanceCost(symbol, 5 * BIT);
}

/** Costs to begin with: literals by how often the bytes occur, matches as in ordinary text. */
export function setGuessedCosts(address: u32, length: u32, counts: u32): void {
  memory.fill(counts, 0, 256 << 2);
  for (let i: u32 = 0; i < length; i++) {
    const slot = counts + ((<u32>load<u8>(address + i)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  for (let byte: u32 = 0; byte < 256; byte++) {
    // About half of all symbols will be lengths.
    store<u32>(literalCosts + (byte << 2), symbolCost(at(counts, byte), length) + BIT / 2);
  }
  for (let length = MIN_LENGTH; length <= MAX_LENGTH; length++) {
    setLengthCost(length, 4 * BIT + lengthSymbol(length) * (BIT / 6));
  }
  for (let symbol: u32 = 0; symbol < DISTANCES; symbol++)
    setDistanceCost(symbol, 4 * BIT + BIT / 2);
}

/** Orders choices by their cost, then by their length. */
function rank(cost: u32, choice: u32): u64 {
  return ((<u64>cost) << 32) | <u64>choice;
}

/**
 * The first of a literal and all lengths of some matches, none above `room`, by rank. `here` is the
 * cost of the position, before the costs of those that follow it.
 */
function choose(here: u32, literal: u32, first: u32, end: u32, room: u32): u64 {
  let leastCosts = i32x4.splat(literal);
  let leastChoices = i32x4.splat(LITERAL);
  let length = MIN_LENGTH;
  for (let match = first; match < end; match += 4) {
    const packed = load<u32>(match);
    const distance = packed & 0xffff;
    const distanceCost = i32x4.splat(at(distanceCosts, distanceSymbol(distance)));
    const longest = min(packed >> 16, room);
    // Four lengths at a time; those beyond the longest are taken for the dearest.
    let packs = i32x4.add(
      i32x4.splat((length << 16) | distance),
      i32x4(0, 1 << 16, 2 << 16, 3 << 16),
    );
    const last = i32x4.splat((longest << 16) | distance);
    for (; length <= longest; length += 4) {
      const symbols = i32x4.add(v128.load(lengthCosts + (length << 2)), distanceCost);
      const sums = i32x4.add(symbols, v128.load(here + (length << 2)));
      const costs = v128.or(sums, i32x4.gt_s(packs, last));
      const isLess = i32x4.lt_u(costs, leastCosts);
      leastCosts = v128.bitselect(costs, leastCosts, isLess);
      leastChoices = v128.bitselect(packs, leastChoices, isLess);
      packs = i32x4.add(packs, i32x4.splat(4 << 16));
    }
    length = longest + 1;
  }
  const low = min(
    rank(i32x4.extract_lane(leastCosts, 0), i32x4.extract_lane(leastChoices, 0)),
    rank(i32x4.extract_lane(leastCosts, 1), i32x4.extract_lane(leastChoices, 1)),
  );
  const high = min(
    rank(i32x4.extract_lane(leastCosts, 2), i32x4.extract_lane(leastChoices, 2)),
    rank(i32x4.extract_lane(leastCosts, 3), i32x4.extract_lane(leastChoices, 3)),
  );
  return min(low, high);
}

/**
 * Fills `choices` (u32 a position: a literal is 1 << 16) for positions `from` to `to` of the bytes
 * at `address`. `starts` says where in `matches` the list of each position begins; `costs` is room
 * for one number more than there are positions.
 */
export function choosePath(
  address: u32,
  from: u32,
  to: u32,
  starts: u32,
  matches: u32,
  costs: u32,
  choices: u32,
): void {
  store<u32>(costs + (to << 2), 0);
  for (let i = to; i > from; ) {
    i--;
    const here = costs + (i << 2);
    const literal = at(literalCosts, load<u8>(address + i)) + load<u32>(here, 4);
    const first = matches + (at(starts, i) << 2);
    const end = matches + (load<u32>(starts + (i << 2), 4) << 2);
    const best = first === end ? rank(literal, LITERAL) : choose(here, literal, first, end, to - i);
    store<u32>(here, <u32>(best >> 32));
    store<u32>(choices + (i << 2), <u32>best);
  }
}

/**
 * Counts up to `most` symbols of the chosen path from `from` on, and none from `to` on, into LITERALS + DISTANCES
 * numbers; gives the position behind them. Both lie on the path.
 */
export function countSymbols(
  address: u32,
  from: u32,
  to: u32,
  most: u32,
  choices: u32,
  counts: u32,
): u32 {
  startCounts(counts);
  let i = from;
  for (; i < to && most > 0; most--) {
    const choice = at(choices, i);
    const length = choice >> 16;
    if (length === 1) countLiteral(counts, load<u8>(address + i));
    else countMatch(counts, choice);
    i += length;
  }
  return i;
}
