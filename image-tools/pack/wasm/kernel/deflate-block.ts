// One block of deflate: its size under each way to code it, and its bits (RFC 1951, section 3.2).
import { alignBits, writeBits, writeBytes, writeLongBits } from './bit-writer';
import {
  DISTANCES,
  distanceExtra,
  distanceSymbol,
  END_OF_BLOCK,
  LITERALS,
  lengthBase,
  lengthExtra,
  lengthSymbol,
} from './deflate-symbols';
import { canonicalCodes, codeLengths } from './huffman';
import { BIT, log2 } from './logarithm';

const CODE_LENGTHS: u32 = 19;
/** Fixed codes have two literals and two distances more, which never occur. */
const FIXED_LITERALS: u32 = 288;
const FIXED_DISTANCES: u32 = 32;
/**
 * Longest stored block, in bytes. Deflate has up to 65,535, but the inflater of the original (decompress, of
 * OCaml) miscounts copies out of its window of 32 KiB, and its docteur.verify refuses the image.
 */
const MAX_STORED: u32 = 0x8000;

const literalLengths = <u32>memory.data(288, 16);
const distanceLengths = <u32>memory.data(32, 16);
const literalCodes = <u32>memory.data(288 << 2, 16);
const distanceCodes = <u32>memory.data(32 << 2, 16);

/** The order in which lengths of the code length code are sent. */
const lengthOrder = <u32>(
  memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
);

/** The head of a dynamic block: run-length symbols as symbol | extra << 8, and their code. */
const headSymbols = <u32>memory.data(320 << 2, 16);
const headFrequencies = <u32>memory.data(19 << 2, 16);
const headLengths = <u32>memory.data(19, 16);
const headCodes = <u32>memory.data(19 << 2, 16);
const joined = <u32>memory.data(320, 16);
let headCount: u32 = 0;
let usedLiterals: u32 = 0;
let usedDistances: u32 = 0;
let sentLengths: u32 = 0;

function pushHead(symbol: u32, extra: u32): void {
  store<u32>(headSymbols + (headCount << 2), symbol | (extra << 8));
  headCount++;
  const slot = headFrequencies + (symbol << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

/** Writes a run of one length as run-length symbols; `repeats` says whether symbol 16 may be used. */
function pushRun(length: u32, count: u32, repeats: bool): void {
  if (length === 0) {
    while (count >= 11) {
      const part = min<u32>(count, 138);
      pushHead(18, part - 11);
      count -= part;
    }
    if (count >= 3) {
      pushHead(17, count - 3);
      count = 0;
    }
  } else if (repeats && count >= 4) {
    pushHead(length, 0);
    count--;
    while (count >= 3) {
      const part = min<u32>(count, 6);
      pushHead(16, part - 3);
      count -= part;
    }
  }
  for (; count > 0; count--) pushHead(length, 0);
}

function headExtraBits(symbol: u32): u32 {
  return symbol < 16 ? 0 : symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
}

function packHead(repeats: bool): u32 {
  headCount = 0;
  memory.fill(headFrequencies, 0, CODE_LENGTHS << 2);
  const total = usedLiterals + usedDistances;
  for (let i: u32 = 0; i < total; ) {
    const length: u32 = load<u8>(joined + i);
    let end = i + 1;
    while (end < total && <u32>load<u8>(joined + end) === length) end++;
    pushRun(length, end - i, repeats);
    i = end;
  }
  codeLengths(headFrequencies, CODE_LENGTHS, 7, headLengths);
  sentLengths = CODE_LENGTHS;
  while (sentLengths > 4 && load<u8>(headLengths + load<u8>(lengthOrder + sentLengths - 1)) === 0) {
    sentLengths--;
  }
  let bits: u32 = 14 + 3 * sentLengths;
  for (let symbol: u32 = 0; symbol < CODE_LENGTHS; symbol++) {
    const cost = <u32>load<u8>(headLengths + symbol) + headExtraBits(symbol);
    bits += load<u32>(headFrequencies + (symbol << 2)) * cost;
  }
  return bits;
}

/** Prepares the head for the current code lengths; gives its size in bits. */
function prepareHead(): u32 {
  usedLiterals = LITERALS;
  while (usedLiterals > 257 && load<u8>(literalLengths + usedLiterals - 1) === 0) usedLiterals--;
  usedDistances = DISTANCES;
  while (usedDistances > 1 && load<u8>(distanceLengths + usedDistances - 1) === 0) usedDistances--;
  memory.copy(joined, literalLengths, usedLiterals);
  memory.copy(joined + usedLiterals, distanceLengths, usedDistances);
  const plain = packHead(false);
  const repeated = packHead(true);
  return plain < repeated ? packHead(false) : repeated;
}

function extraBits(counts: u32): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 8; symbol < LITERALS - 257; symbol++) {
    bits += load<u32>(counts + (symbol << 2), 257 << 2) * lengthExtra(symbol);
  }
  for (let symbol: u32 = 4; symbol < DISTANCES; symbol++) {
    bits += load<u32>(counts + (symbol << 2), LITERALS << 2) * distanceExtra(symbol);
  }
  return bits;
}

function codeBits(counts: u32, symbols: u32, lengths: u32): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    bits += load<u32>(counts + (symbol << 2)) * <u32>load<u8>(lengths + symbol);
  }
  return bits;
}

/** Bits that the symbols take under the current code lengths, extra bits included. */
function symbolBits(counts: u32): u32 {
  const literals = codeBits(counts, LITERALS, literalLengths);
  return (
    literals + codeBits(counts + (LITERALS << 2), DISTANCES, distanceLengths) + extraBits(counts)
  );
}

function useFixedLengths(): void {
  memory.fill(literalLengths, 8, 144);
  memory.fill(literalLengths + 144, 9, 112);
  memory.fill(literalLengths + 256, 7, 24);
  memory.fill(literalLengths + 280, 8, 8);
  memory.fill(distanceLengths, 5, FIXED_DISTANCES);
}

/** Bits of a block with these symbols under the fixed codes. */
export function fixedBlockBits(counts: u32): u32 {
  useFixedLengths();
  return 3 + symbolBits(counts);
}

/** Bits of a block with these symbols under codes of its own, which stay the current ones. */
export function dynamicBlockBits(counts: u32): u32 {
  codeLengths(counts, LITERALS, 15, literalLengths);
  codeLengths(counts + (LITERALS << 2), DISTANCES, 15, distanceLengths);
  return 3 + prepareHead() + symbolBits(counts);
}

/** The least bits that these symbols, of `length` bytes, take in any block; heads are not counted. */
export function leastBlockBits(counts: u32, length: u32): u32 {
  const coded =
    entropy(counts, LITERALS) + entropy(counts + (LITERALS << 2), DISTANCES) + extraBits(counts);
  return min(coded, length << 3);
}

function entropy(counts: u32, symbols: u32): u32 {
  let total: u32 = 0;
  let cost: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const count = load<u32>(counts + (i << 2));
    if (count === 0) continue;
    total += count;
    // One unit more, for log2 rounds down.
    cost -= count * (log2(count) + 1);
  }
  return total === 0 ? 0 : max<i32>(0, cost + total * log2(total)) / BIT;
}

/** Bits of `length` stored bytes behind `held` bits of a byte. */
export function storedBlockBits(length: u32, held: u32): u32 {
  const first = ((held + 10) & ~7) - held;
  const more = length === 0 ? 0 : (length - 1) / MAX_STORED;
  return first + 32 + more * 40 + (length << 3);
}

export function writeStoredBlock(address: u32, length: u32, last: u32): void {
  for (;;) {
    const part = min(length, MAX_STORED);
    writeBits(part === length ? last : 0, 3);
    alignBits();
    writeBits(part | ((part ^ 0xffff) << 16), 32);
    writeBytes(address, part);
    address += part;
    length -= part;
    if (length === 0) break;
  }
}

function writeHead(): void {
  canonicalCodes(headLengths, CODE_LENGTHS, headCodes);
  writeBits(usedLiterals - 257, 5);
  writeBits(usedDistances - 1, 5);
  writeBits(sentLengths - 4, 4);
  for (let i: u32 = 0; i < sentLengths; i++) {
    writeBits(load<u8>(headLengths + load<u8>(lengthOrder + i)), 3);
  }
  for (let i: u32 = 0; i < headCount; i++) {
    const item = load<u32>(headSymbols + (i << 2));
    const symbol = item & 0xff;
    writeBits(load<u32>(headCodes + (symbol << 2)), load<u8>(headLengths + symbol));
    writeBits(item >> 8, headExtraBits(symbol));
  }
}

function writeLiteral(symbol: u32): void {
  writeBits(load<u32>(literalCodes + (symbol << 2)), load<u8>(literalLengths + symbol));
}

function writeMatch(length: u32, distance: u32): void {
  const symbol = lengthSymbol(length);
  let bits: u64 = load<u32>(literalCodes + (symbol << 2), 257 << 2);
  let count: u32 = load<u8>(literalLengths + symbol, 257);
  bits |= (<u64>(length - lengthBase(symbol))) << (<u64>count);
  count += lengthExtra(symbol);
  const farther = distanceSymbol(distance);
  bits |= (<u64>load<u32>(distanceCodes + (farther << 2))) << (<u64>count);
  count += load<u8>(distanceLengths + farther);
  const extra = distanceExtra(farther);
  bits |= (<u64>(distance & ((1 << extra) - 1))) << (<u64>count);
  writeLongBits(bits, count + extra);
}

/**
 * Writes the chosen path between two positions as one block, under the fixed codes, or under the
 * ones that dynamicBlockBits has made last.
 */
export function writeCodedBlock(
  address: u32,
  from: u32,
  to: u32,
  choices: u32,
  fixed: bool,
  last: u32,
): void {
  writeBits(last | (fixed ? 2 : 4), 3);
  if (fixed) useFixedLengths();
  else writeHead();
  canonicalCodes(literalLengths, fixed ? FIXED_LITERALS : LITERALS, literalCodes);
  canonicalCodes(distanceLengths, fixed ? FIXED_DISTANCES : DISTANCES, distanceCodes);
  for (let i = from; i < to; ) {
    const choice = load<u32>(choices + (i << 2));
    const length = choice >> 16;
    if (length === 1) writeLiteral(load<u8>(address + i));
    else writeMatch(length, choice & 0xffff);
    i += length;
  }
  writeLiteral(END_OF_BLOCK);
}
