import { COUNTS, SORTED, STARTS } from './memory-map.ts';
import { SECOND, SPECIAL, UNUSED } from './symbols.ts';

const MAX_LENGTH: u32 = 15;

function countOf(length: u32): u32 {
  return load<u16>(COUNTS + 2 * length);
}

/** The code after `code` in canonical order, both with their first bit lowest; 0 after the last. */
function nextCode(code: u32, length: u32): u32 {
  const zeros = code ^ ((1 << length) - 1);
  if (zeros === 0) return 0;
  const bit: u32 = 1 << (31 - clz(zeros));
  return (code & (bit - 1)) | bit;
}

/** A code of one symbol or none: zlib takes it, half or all of its bit patterns being unused. */
function buildSingle(table: u32, lengths: u32, n: u32, symbols: u32): void {
  store<u32>(table, SPECIAL | UNUSED | 1);
  store<u32>(table + 4, SPECIAL | UNUSED | 1);
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(lengths + i) === 1) store<u32>(table, load<u32>(symbols + 4 * i) | 1);
  }
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
  memory.fill(COUNTS, 0, 2 * (MAX_LENGTH + 1));
  for (let i: u32 = 0; i < n; i++) {
    const slot = COUNTS + 2 * <u32>load<u8>(lengths + i);
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
  for (let i: u32 = 0; i < n; i++) {
    const length: u32 = load<u8>(lengths + i);
    if (length === 0) continue;
    const slot = STARTS + 2 * length;
    const place: u32 = load<u16>(slot);
    store<u16>(slot, place + 1);
    store<u16>(SORTED + 2 * place, i);
  }

  const root = min(rootBits, longest);
  let code: u32 = 0;
  let sorted = SORTED;
  let length: u32 = 1;
  while (countOf(length) === 0) length += 1;
  // Codes of one length fill a table of that width; it is doubled for the next length.
  for (let size: u32 = 1 << length; length <= root; length++) {
    for (let left = countOf(length); left > 0; left--) {
      store<u32>(table + 4 * code, load<u32>(symbols + 4 * <u32>load<u16>(sorted)) | length);
      sorted += 2;
      code = nextCode(code, length);
    }
    if (length < root) {
      memory.copy(table + 4 * size, table, 4 * size);
      size <<= 1;
    }
  }

  const rootMask: u32 = (1 << root) - 1;
  let prefix: u32 = 0xffffffff;
  let first: u32 = 0;
  let stop: u32 = 1 << root;
  for (; length <= longest; length++) {
    for (let left = countOf(length); left > 0; left--) {
      if ((code & rootMask) !== prefix) {
        prefix = code & rootMask;
        // Wide enough for all codes that begin with this prefix: they follow each other.
        let width = length - root;
        let used = left;
        while (used < (<u32>1) << width) {
          width += 1;
          used = (used << 1) + countOf(root + width);
        }
        first = stop;
        stop += 1 << width;
        store<u32>(table + 4 * prefix, (first << 16) | SPECIAL | SECOND | (width << 8) | root);
      }
      const entry = load<u32>(symbols + 4 * <u32>load<u16>(sorted)) | (length - root);
      sorted += 2;
      for (let i = first + (code >> root); i < stop; i += 1 << (length - root)) {
        store<u32>(table + 4 * i, entry);
      }
      code = nextCode(code, length);
    }
  }
  return root;
}
