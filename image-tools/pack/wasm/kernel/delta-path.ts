// The cheapest delta against one base: for each position of the target its longest match in the
// base, then the cheapest way through copies and literals, by what deflate will make of their bytes.
import { matchForward } from './bytes';
import { baseAddress, baseLength, offsetBytes, sizeBytes } from './delta';
import { writeCopy, writeLiterals, writeVarint } from './delta-writer';
import { BIT } from './logarithm';

/** Bytes hashed at each position: shorter copies hardly ever cost less than their literals. */
const HASHED: u32 = 8;
/** A match this long is taken without a look at the positions that it covers. */
const LONG_MATCH: u32 = 96;

/** Costs of the bytes of instructions once deflated: they are rare in a stream of text. */
const COPY_COST: u32 = 5 * BIT;
const NUMBER_COST: u32 = 8 * BIT;
const INSERT_COST: u32 = 8 * BIT;
const MIX: u64 = (0x9e3779b9 << 32) | 0x7f4a7c15;
const MAX_COPY: u32 = 0x10000;

/** The longest match of each position, and the least costs from there on: u32 for each. */
let heads: u32 = 0;
let links: u32 = 0;
let shift: u32 = 0;
let lengths: u32 = 0;
let offsets: u32 = 0;
/** Cost of all that follows, within a run of literals and outside of one. */
let within: u32 = 0;
let outside: u32 = 0;
/** Length of the copy to take, and whether a literal is cheaper, within a run and outside. */
let choices: u32 = 0;
const LITERAL_WITHIN: u32 = 1 << 31;
const LITERAL_OUTSIDE: u32 = 1 << 30;
const LENGTH_MASK: u32 = LITERAL_OUTSIDE - 1;

function hashBits(length: u32): u32 {
  let bits: u32 = 8;
  while (bits < 18 && (<u32>1) << bits < length) bits++;
  return bits;
}

/** Memory for the cheapest delta between a base and a target of these lengths, in bytes. */
export function deltaPathMemory(base: u32, target: u32): u32 {
  return (((<u32>1) << hashBits(base)) + base + 5 * (target + 1)) << 2;
}

function layOut(length: u32, work: u32): void {
  const bits = hashBits(baseLength);
  const column = (length + 1) << 2;
  shift = 64 - bits;
  heads = work;
  links = heads + (((<u32>1) << bits) << 2);
  lengths = links + (baseLength << 2);
  offsets = lengths + column;
  within = offsets + column;
  outside = within + column;
  choices = outside + column;
}

function at(column: u32, i: u32): u32 {
  return load<u32>(column + (i << 2));
}

function put(column: u32, i: u32, value: u32): void {
  store<u32>(column + (i << 2), value);
}

function slotOf(p: u32): u32 {
  return heads + ((<u32>((load<u64>(p) * MIX) >> <u64>shift)) << 2);
}

/** Links all positions of the base by their hashes, from the end: chains give low offsets first. */
function linkBase(): void {
  memory.fill(heads, 0, links - heads);
  if (baseLength < HASHED) return;
  for (let i = baseLength - HASHED + 1; i > 0; i--) {
    const slot = slotOf(baseAddress + i - 1);
    put(links, i - 1, load<u32>(slot));
    store<u32>(slot, i);
  }
}

/** Finds the longest match for position `i` of the target. */
function findLongest(address: u32, length: u32, i: u32, maxChain: u32): void {
  const p = address + i;
  const word = load<u64>(p);
  const most = length - i;
  let best: u32 = 0;
  let offset: u32 = 0;
  for (let entry = load<u32>(slotOf(p)); entry !== 0 && maxChain > 0; maxChain--) {
    const candidate = entry - 1;
    const b = baseAddress + candidate;
    if (load<u64>(b) === word) {
      const found = matchForward(p, b, min(most, baseLength - candidate));
      if (found > best) {
        best = found;
        offset = candidate;
        if (best === most) break;
      }
    }
    entry = at(links, candidate);
  }
  put(lengths, i, best);
  put(offsets, i, offset);
}

/**
 * Lists the longest match of every position of a target in the selected base, at most `maxChain`
 * places of the base tried for each. `work` has deltaPathMemory bytes.
 */
export function listCopies(address: u32, length: u32, maxChain: u32, work: u32): void {
  layOut(length, work);
  linkBase();
  for (let i: u32 = 0; i < length; i++) {
    if (i + HASHED > length) {
      put(lengths, i, 0);
      continue;
    }
    findLongest(address, length, i, maxChain);
    const longest = at(lengths, i);
    if (longest < LONG_MATCH) continue;
    // What a long match covers goes on in step with it.
    const offset = at(offsets, i);
    for (let k: u32 = 1; k <= longest - HASHED; k++) {
      put(lengths, i + k, longest - k);
      put(offsets, i + k, offset + k);
    }
    i += longest - HASHED;
  }
}

function copyCost(offset: u32, length: u32): u32 {
  let cost: u32 = 0;
  while (length > MAX_COPY) {
    cost += COPY_COST + 3 * NUMBER_COST;
    length -= MAX_COPY;
  }
  return cost + COPY_COST + NUMBER_COST * (offsetBytes(offset) + sizeBytes(length));
}

/** Finds the least costs from the end, where a literal costs `literalCost` units of 1/32 bit. */
function choosePath(length: u32, literalCost: u32): void {
  put(within, length, 0);
  put(outside, length, 0);
  for (let i = length; i > 0; ) {
    i--;
    let best: u32 = 0xffffffff;
    let choice: u32 = 0;
    const longest = at(lengths, i);
    const offset = at(offsets, i);
    if (longest >= HASHED) {
      // All lengths of a short match take one byte: their copies cost the same.
      const least = longest >= LONG_MATCH ? longest : HASHED;
      for (let count = longest; count >= least; count--) {
        const cost = at(outside, i + count);
        if (cost >= best) continue;
        best = cost;
        choice = count;
      }
      best += copyCost(offset, choice);
    }
    const literal = literalCost + at(within, i + 1);
    if (literal <= best) choice |= LITERAL_WITHIN;
    if (literal + INSERT_COST <= best) choice |= LITERAL_OUTSIDE;
    put(within, i, min(literal, best));
    put(outside, i, min(literal + INSERT_COST, best));
    put(choices, i, choice);
  }
}

/**
 * Writes the cheapest delta through the copies listed last, for the same target and base; gives its
 * size in bytes. `literalCost`, in units of 1/32 bit, is what a byte of the target costs that is not
 * copied; `out` has deltaBound bytes.
 */
export function encodeCheapest(address: u32, length: u32, literalCost: u32, out: u32): u32 {
  choosePath(length, literalCost);
  let end = writeVarint(writeVarint(out, baseLength), length);
  let from: u32 = 0;
  let literal = LITERAL_OUTSIDE;
  for (let i: u32 = 0; i < length; ) {
    const choice = at(choices, i);
    if ((choice & literal) !== 0) {
      i++;
      literal = LITERAL_WITHIN;
      continue;
    }
    end = writeLiterals(end, address + from, address + i);
    end = writeCopy(end, at(offsets, i), choice & LENGTH_MASK);
    i += choice & LENGTH_MASK;
    from = i;
    literal = LITERAL_OUTSIDE;
  }
  return writeLiterals(end, address + from, address + length) - out;
}
