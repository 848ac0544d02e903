import { CODED, COUNTS, REVERSED, SORTED, STARTS } from './memory-map.ts';
import { PER_BIT, RAISED, SECOND, SPECIAL } from './symbols.ts';

const MAX_LENGTH: u32 = 15;
/** So many bytes of a table are copied inline: a call costs more. */
const SHORT: u32 = 256;

/** Fills the table of reversed bytes. */
export function initReversed(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let reversed: u32 = 0;
    for (let bit: u32 = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
    store<u8>(REVERSED + byte, reversed);
  }
}

function countOf(length: u32): u32 {
  return load<u16>(COUNTS + 2 * length);
}

/** A code of `length` bits as it stands in the stream: its first bit lowest. */
function reverse(code: u32, length: u32): u32 {
  const aligned = code << (16 - length);
  const low: u32 = load<u8>(REVERSED + (aligned >> 8));
  return low | ((<u32>load<u8>(REVERSED + (aligned & 255))) << 8);
}

/** A code of one symbol or none: zlib takes it, half or all of its bit patterns being unused. */
function buildSingle(table: u32, lengths: u32, n: u32, symbols: u32): void {
  store<u32>(table, SPECIAL + (RAISED << 8) + PER_BIT);
  store<u32>(table + 4, SPECIAL + (RAISED << 8) + PER_BIT);
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(lengths + i) === 1) store<u32>(table, load<u32>(symbols + 4 * i) + PER_BIT);
  }
}

/** Copies the first `size` bytes of a table behind them; of small ones up to 8 bytes more. */
function double(table: u32, size: u32): void {
  if (size > SHORT) {
    memory.copy(table + size, table, size);
    return;
  }
  for (let i: u32 = 0; i < size; i += 16) v128.store(table + size + i, v128.load(table + i));
}

/**
 * Builds the table that decodes the canonical code given by `n` lengths. It is indexed by the next
 * bits of the stream: `rootBits` at most, and for longer codes a second table after it.
 * Gives how many bits index it, or -1 for lengths that make no complete code.
 */
export function buildTable(
  table: u32,
  lengths: u32,
  n: u32,
  symbols: u32,
  rootBits: u32,
  mayBeSingle: bool,
): i32 {
  // Without a branch: which symbols have a code cannot be foretold.
  let coded: u32 = CODED;
  for (let i: u32 = 0; i < n; i++) {
    store<u16>(coded, i);
    coded += (<u32>(load<u8>(lengths + i) !== 0)) << 1;
  }
  v128.store(COUNTS, i64x2.splat(0));
  v128.store(COUNTS + 16, i64x2.splat(0));
  for (let at: u32 = CODED; at < coded; at += 2) {
    const slot = COUNTS + 2 * <u32>load<u8>(lengths + <u32>load<u16>(at));
    store<u16>(slot, load<u16>(slot) + 1);
  }
  let longest = MAX_LENGTH;
  while (longest > 0 && countOf(longest) === 0) longest -= 1;
  let left: i32 = 1;
  let start: u32 = 0;
  for (let length: u32 = 1; length <= longest; length++) {
    store<u16>(STARTS + 2 * length, start);
    start += countOf(length);
    left = (left << 1) - countOf(length);
    if (left < 0) return -1;
  }
  if (left > 0) {
    if (!mayBeSingle || longest > 1) return -1;
    buildSingle(table, lengths, n, symbols);
    return 1;
  }
  for (let at: u32 = CODED; at < coded; at += 2) {
    const symbol: u32 = load<u16>(at);
    const slot = STARTS + 2 * <u32>load<u8>(lengths + symbol);
    const place: u32 = load<u16>(slot);
    store<u16>(slot, place + 1);
    store<u16>(SORTED + 2 * place, symbol);
  }

  const root = min(rootBits, longest);
  // The next code, as a number of `length` bits.
  let code: u32 = 0;
  let sorted = SORTED;
  let length: u32 = 1;
  while (countOf(length) === 0) length += 1;
  // Codes of one length fill a table of that width; it is doubled for the next length.
  for (let size: u32 = 1 << length; length <= root; length++) {
    const bits = PER_BIT * length;
    for (let stop = sorted + 2 * countOf(length); sorted < stop; sorted += 2) {
      const entry = load<u32>(symbols + 4 * <u32>load<u16>(sorted)) + bits;
      store<u32>(table + 4 * reverse(code, length), entry);
      code += 1;
    }
    code <<= 1;
    if (length < root) {
      double(table, 4 * size);
      size <<= 1;
    }
  }

  const rootMask: u32 = (1 << root) - 1;
  let prefix: u32 = 0xffffffff;
  let first: u32 = 0;
  let stop: u32 = 1 << root;
  for (; length <= longest; length++) {
    for (let left = countOf(length); left > 0; left--) {
      const reversed = reverse(code, length);
      if ((reversed & rootMask) !== prefix) {
        prefix = reversed & rootMask;
        // Wide enough for all codes that begin with this prefix: they follow each other.
        let width = length - root;
        let used = left;
        while (used < (<u32>1) << width) {
          width += 1;
          used = (used << 1) + countOf(root + width);
        }
        first = stop;
        stop += 1 << width;
        const pointer = (first << 16) | SPECIAL | SECOND | ((width + RAISED) << 8) | root;
        store<u32>(table + 4 * prefix, pointer);
      }
      const entry = load<u32>(symbols + 4 * <u32>load<u16>(sorted)) + PER_BIT * (length - root);
      sorted += 2;
      for (let i = first + (reversed >> root); i < stop; i += 1 << (length - root)) {
        store<u32>(table + 4 * i, entry);
      }
      code += 1;
    }
    code <<= 1;
  }
  return root;
}
