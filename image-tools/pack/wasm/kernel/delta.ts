// Delta search: what of a target can be copied out of a base, in the instructions of a Git PACK.
import { matchBackward, matchForward } from './bytes';
import { writeCopy, writeLiterals, writeVarint } from './delta-writer';

/** Bytes that one entry of the operation list takes: start in the target, length, start in the base. */
const OPERATION: u32 = 12;

/** Below this, a copy instruction costs about what its bytes would cost as literals. */
const MIN_MATCH: u32 = 8;

/** A match this long is taken without asking whether the next position has a longer one. */
const GOOD_MATCH: u32 = 96;

/** How far a match may reach back over what is listed already. */
const MAX_BACKWARD: u32 = 4096;

/**
 * The index of one base: for each hash a byte that says which of eight longer hashes occur, and a
 * head; for each indexed position the next with the same hash. Most look-ups find nothing, and need
 * only the bytes, which stay in the processor's cache.
 */
let filter: u32 = 0;
let heads: u32 = 0;
let links: u32 = 0;
let hashShift: u32 = 0;
let stride: u32 = 1;
/** The base that deltas are searched in. */
export let baseAddress: u32 = 0;
export let baseLength: u32 = 0;

const MIX_LOW: u64 = (0x9e3779b9 << 32) | 0x7f4a7c15;
const MIX_HIGH: u64 = (0xc2b2ae3d << 32) | 0x27d4eb4f;

/** Bits of the longer hash that select a bit of the filter's byte. */
const FILTER_BITS: u32 = 4;
const FILTER_MASK: u32 = (1 << FILTER_BITS) - 1;

/** Longer hash of the 12 bytes at `p`. */
function hashAt(p: u32): u32 {
  const mixed = load<u64>(p) * MIX_LOW + <u64>load<u32>(p + 8) * MIX_HIGH;
  return <u32>(mixed >> <u64>hashShift);
}

/** Bytes hashed at each indexed position: shorter common runs are not found from there. */
const HASHED: u32 = 12;

/** Memory that indexing a base of `length` bytes takes, in bytes. */
export function deltaIndexSize(length: u32, every: u32): u32 {
  return ((<u32>1) << hashBits(length, every)) * 6 + ((length / every + 1) << 2);
}

function hashBits(length: u32, every: u32): u32 {
  const entries = length / every + 1;
  let bits: u32 = 6;
  while (bits < 22 && (<u32>1) << bits < entries) bits++;
  return bits;
}

/** Points the search at a base that indexBase has indexed before, with the same arguments. */
export function selectBase(address: u32, length: u32, every: u32, index: u32): void {
  const bits = hashBits(length, every);
  baseAddress = address;
  baseLength = length;
  stride = every;
  hashShift = 64 - bits - FILTER_BITS;
  filter = index;
  heads = filter + ((<u32>2) << bits);
  links = heads + (((<u32>1) << bits) << 2);
}

/** Indexes every `every`-th position of a base; the index takes deltaIndexSize bytes at `index`. */
export function indexBase(address: u32, length: u32, every: u32, index: u32): void {
  selectBase(address, length, every, index);
  memory.fill(filter, 0, links - filter);
  if (length < HASHED) return;
  // From the end, so that chains give low offsets first: those take fewer bytes in an instruction.
  let entry = (length - HASHED) / every;
  for (;;) {
    const hash = hashAt(address + entry * every);
    const kinds = filter + ((hash >> FILTER_BITS) << 1);
    store<u16>(kinds, <u32>load<u16>(kinds) | (1 << (hash & FILTER_MASK)));
    const slot = heads + ((hash >> FILTER_BITS) << 2);
    store<u32>(links + (entry << 2), load<u32>(slot));
    store<u32>(slot, entry + 1);
    if (entry === 0) break;
    entry--;
  }
}

function hasBits(value: u32, mask: u32): u32 {
  return (value & mask) === 0 ? 0 : 1;
}

/** Bytes of an offset in a copy instruction. */
export function offsetBytes(offset: u32): u32 {
  const low = hasBits(offset, 0xff) + hasBits(offset, 0xff00);
  return low + hasBits(offset, 0xff0000) + hasBits(offset, 0xff000000);
}

/** Bytes of a length of at most 64 KiB in a copy instruction. */
export function sizeBytes(length: u32): u32 {
  return length === 0x10000 ? 0 : hasBits(length, 0xff) + hasBits(length, 0xff00);
}

/** Bytes of the copy instruction for `length` bytes from `offset`. */
function copyCost(offset: u32, length: u32): u32 {
  let cost: u32 = 1;
  while (length > 0x10000) {
    cost += 5;
    length -= 0x10000;
  }
  return cost + offsetBytes(offset) + sizeBytes(length);
}

let bestLength: u32 = 0;
let bestStart: u32 = 0;
let bestOffset: u32 = 0;

/** Tries base position `b` for target position `p`; keeps it where it covers more than the best. */
function tryMatch(p: u32, b: u32, floor: u32, end: u32): void {
  const offset = b - baseAddress;
  const forward = matchForward(p, b, min(end - p, baseLength - offset));
  if (forward < MIN_MATCH) return;
  const backward = matchBackward(p, b, min(p - floor, offset));
  const length = forward + backward;
  if (length <= bestLength) return;
  bestLength = length;
  bestStart = p - backward;
  bestOffset = offset - backward;
}

/**
 * The first position from `p` on, and before `end`, where findMatch has something to look at, or the base goes on as it
 * did after the last copy, `step` from here. Most of the search is this loop: it keeps to local variables.
 */
function skipMisses(p: u32, end: u32, step: u32): u32 {
  const shift = <u64>hashShift;
  const kinds = filter;
  const ahead = step - baseAddress;
  // Unsigned: what lies before the base is beyond this, too.
  const inStep: u32 = step === 0 || baseLength < 8 ? 0 : baseLength - 7;
  for (; p < end; p++) {
    const word = load<u64>(p);
    const mixed = word * MIX_LOW + <u64>load<u32>(p + 8) * MIX_HIGH;
    const hash = <u32>(mixed >> shift);
    if (((<u32>load<u16>(kinds + ((hash >> FILTER_BITS) << 1)) >> (hash & FILTER_MASK)) & 1) !== 0)
      break;
    if (p + ahead < inStep && load<u64>(p + step) === word) break;
  }
  return p;
}

/** Whether a match of `p` and `b` may end behind the best one: most do not, and need not be measured. */
function mayReachFarther(p: u32, b: u32, end: u32): bool {
  if (bestLength === 0) return true;
  const reach = bestStart + bestLength - p;
  if (p + reach >= end || b + reach >= baseAddress + baseLength) return false;
  return load<u8>(b + reach) === load<u8>(p + reach);
}

/** Finds the longest match around `p` in the base, reaching back to `floor` at most. */
function findMatch(p: u32, floor: u32, end: u32, maxChain: u32): void {
  if (p + HASHED > end) return;
  const hash = hashAt(p);
  const kinds: u32 = load<u16>(filter + ((hash >> FILTER_BITS) << 1));
  if (((kinds >> (hash & FILTER_MASK)) & 1) === 0) return;
  let entry = load<u32>(heads + ((hash >> FILTER_BITS) << 2));
  const word = load<u64>(p);
  while (entry !== 0 && maxChain > 0) {
    entry--;
    const b = baseAddress + entry * stride;
    if (load<u64>(b) === word && mayReachFarther(p, b, end)) tryMatch(p, b, floor, end);
    entry = load<u32>(links + (entry << 2));
    maxChain--;
  }
}

/** Most copies in one delta. What comes after them is literal. */
const MAX_OPERATIONS: u32 = 1 << 19;

/** Memory for the operations of a delta to a target of `length` bytes, in bytes. */
export function operationListSize(length: u32): u32 {
  return min(length / MIN_MATCH + 2, MAX_OPERATIONS) * OPERATION;
}

/** Estimated cost of literals and instructions once deflated, in eighths of a byte each. */
let literalCost: u32 = 0;
const INSTRUCTION_COST: u32 = 7;

/** What a copy has to save, in eighths of a byte: it parts literals that deflate better together. */
const MIN_SAVING: u32 = 12;

/** Whether a copy of `length` bytes from `offset` saves enough. */
function isWorthIt(offset: u32, length: u32): bool {
  return length * literalCost >= (copyCost(offset, length) + 1) * INSTRUCTION_COST + MIN_SAVING;
}

/** The two sizes that head a delta. */
const HEAD_BYTES: u32 = 4;

/** Instruction bytes of the operation at `at`, and of the literals that it ends. */
function operationBytes(at: u32): u32 {
  return 1 + copyCost(load<u32>(at, 8) - baseAddress, load<u32>(at, 4));
}

/** Bytes that the listed copies take from the base, and those of their instructions. */
let copied: u32 = 0;
let instructions: u32 = 0;

function estimateCost(length: u32): u32 {
  return (length - copied) * literalCost + instructions * INSTRUCTION_COST;
}

/** Places of a target where the costs of its deltas are compared. */
const MARKS: u32 = 64;
/** A delta gives up when it costs more there than the best one did, by one part in so many of what that costs in all. */
const BEHIND: u32 = 16;
/** At each mark, what the best delta to the target had cost so far, and what the one at hand has. */
let bestCosts = <u32>memory.data(4 * MARKS, 16);
let costs = <u32>memory.data(4 * MARKS, 16);
let hasBest: bool = false;
/** The next mark, its place in the target, and bytes between two of them. */
let mark: u32 = 0;
let markAt: u32 = 0;
let markEvery: u32 = 0;

/** Starts with a new target, of which none of the deltas is known, and a literal costs `cost` eighths of a byte. */
export function startTarget(cost: u32): void {
  literalCost = cost;
  hasBest = false;
}

/**
 * Whether a delta that has come to `p` in its target will cost more than `limit`: it does, or has fallen behind
 * the best one by more than it may still gain.
 */
function isHopeless(p: u32, address: u32, limit: u32): bool {
  const cost = estimateCost(p - address);
  if (cost > limit) return true;
  const behind = limit / BEHIND;
  for (; p >= markAt; markAt += markEvery) {
    const slot = mark << 2;
    store<u32>(costs + slot, cost);
    if (hasBest && cost > load<u32>(bestCosts + slot) + behind) return true;
    mark++;
  }
  return false;
}

function keepCosts(): void {
  const kept = bestCosts;
  bestCosts = costs;
  costs = kept;
  hasBest = true;
}

function push(top: u32, start: u32, length: u32, base: u32): u32 {
  store<u32>(top, start);
  store<u32>(top, length, 4);
  store<u32>(top, base, 8);
  copied += length;
  instructions += operationBytes(top);
  return top + OPERATION;
}

function pop(top: u32): u32 {
  top -= OPERATION;
  copied -= load<u32>(top, 4);
  instructions -= operationBytes(top);
  return top;
}

/** Finds the match to use at `p`, of all bytes between `floor` and `end`. */
function searchAt(p: u32, floor: u32, end: u32, step: u32, maxChain: u32): void {
  bestLength = 0;
  // Where the base would go on after the last copy: small edits keep both sides in step.
  const b = p + step;
  if (step !== 0 && b >= baseAddress && b + 8 <= baseAddress + baseLength) {
    if (load<u64>(b) === load<u64>(p)) tryMatch(p, b, floor, end);
  }
  if (bestLength < GOOD_MATCH) findMatch(p, floor, end, maxChain);
  if (bestLength === 0) return;
  if (bestLength < GOOD_MATCH) findMatch(p + 1, floor, end, maxChain);
}

/**
 * Lists the copies that rebuild the target out of the indexed base, as OPERATION records at `list`;
 * what lies between them is literal. Gives the end of the list, or 0 once the estimated cost passes
 * `limit`.
 */
function findCopies(address: u32, length: u32, maxChain: u32, limit: u32, list: u32): u32 {
  const end = address + length;
  const full = list + operationListSize(length) - OPERATION;
  let top = list;
  let p = address;
  let step: u32 = 0;
  markEvery = length / MARKS + 1;
  markAt = address + markEvery;
  mark = 0;
  copied = 0;
  instructions = HEAD_BYTES;
  while (p + HASHED <= end && top < full) {
    p = skipMisses(p, min(markAt, end - HASHED + 1), step);
    if (p >= markAt && isHopeless(p, address, limit)) return 0;
    if (p + HASHED > end) break;
    searchAt(p, max(address, p - min(p - address, MAX_BACKWARD)), end, step, maxChain);
    if (bestLength === 0) {
      p++;
      continue;
    }
    // Copies that the match covers as well are not needed any more; one that it reaches stays whole.
    while (top > list && bestStart <= load<u32>(top - OPERATION)) top = pop(top);
    let start = bestStart;
    if (top > list) {
      start = max(start, load<u32>(top - OPERATION) + load<u32>(top - OPERATION, 4));
    }
    const kept = bestStart + bestLength - start;
    const offset = bestOffset + (start - bestStart);
    if (kept < MIN_MATCH || !isWorthIt(offset, kept)) {
      // A better one reaches farther.
      p = max(p + 1, bestStart + bestLength - HASHED + 1);
      continue;
    }
    top = push(top, start, kept, baseAddress + offset);
    p = start + kept;
    step = baseAddress + offset - start;
    if (isHopeless(p, address, limit)) return 0;
  }
  if (estimateCost(length) > limit) return 0;
  for (; mark < MARKS; mark++, markAt += markEvery) {
    store<u32>(costs + (mark << 2), estimateCost(min(markAt, end) - address));
  }
  keepCosts();
  return top;
}

/** Estimated size of the last delta once deflated, in eighths of a byte. */
export function deltaCost(): u32 {
  return instructions * INSTRUCTION_COST + literals * literalCost;
}

let literals: u32 = 0;

/**
 * Writes the delta from the indexed base to a target; gives its size in bytes, or 0 where its
 * estimated cost passes `limit` eighths of a byte. `list` needs operationListSize bytes, `out`
 * deltaBound bytes.
 */
export function encodeDelta(
  address: u32,
  length: u32,
  maxChain: u32,
  limit: u32,
  list: u32,
  out: u32,
): u32 {
  const top = findCopies(address, length, maxChain, limit, list);
  if (top === 0) return 0;
  literals = length - copied;
  let end = writeVarint(writeVarint(out, baseLength), length);
  let p = address;
  for (let at = list; at < top; at += OPERATION) {
    const start = load<u32>(at);
    const count = load<u32>(at, 4);
    end = writeLiterals(end, p, start);
    end = writeCopy(end, load<u32>(at, 8) - baseAddress, count);
    p = start + count;
  }
  return writeLiterals(end, p, address + length) - out;
}

/** Most bytes that a delta to a target of `length` bytes takes. */
export function deltaBound(length: u32): u32 {
  return length + length / 64 + 32;
}
