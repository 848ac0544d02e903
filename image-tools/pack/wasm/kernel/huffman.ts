// Huffman codes of deflate (RFC 1951, section 3.2.2): lengths out of frequencies, codes out of
// lengths. Frequencies and codes are u32 in memory, lengths u8.

const MAX_SYMBOLS: u32 = 288;
const MAX_LENGTH: u32 = 15;

/** Used symbols by frequency, as frequency << 9 | symbol; then working values of the tree. */
const sorted = <u32>memory.data(MAX_SYMBOLS << 2, 16);
const tree = <u32>memory.data(MAX_SYMBOLS << 2, 16);
const counts = <u32>memory.data((MAX_LENGTH + 2) << 2, 16);

function sortedAt(i: u32): u32 {
  return load<u32>(sorted + (i << 2));
}

function treeAt(i: u32): u32 {
  return load<u32>(tree + (i << 2));
}

function setTree(i: u32, value: u32): void {
  store<u32>(tree + (i << 2), value);
}

/** Restores the heap order of the first `count` sorted items below item `at`. */
function sift(at: u32, count: u32): void {
  const value = sortedAt(at);
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && sortedAt(child + 1) > sortedAt(child)) child++;
    if (sortedAt(child) <= value) break;
    store<u32>(sorted + (at << 2), sortedAt(child));
    at = child;
  }
  store<u32>(sorted + (at << 2), value);
}

function sortUsed(frequencies: u32, symbols: u32): u32 {
  let count: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const frequency = load<u32>(frequencies + (symbol << 2));
    if (frequency === 0) continue;
    store<u32>(sorted + (count << 2), (frequency << 9) | symbol);
    count++;
  }
  for (let i = count / 2; i > 0; i--) sift(i - 1, count);
  for (let end = count; end > 1; end--) {
    const last = sortedAt(end - 1);
    store<u32>(sorted + ((end - 1) << 2), sortedAt(0));
    store<u32>(sorted, last);
    sift(0, end - 1);
  }
  return count;
}

/** Moffat and Katajainen, In-place calculation of minimum-redundancy codes: depths into `tree`. */
function findDepths(count: u32): void {
  for (let i: u32 = 0; i < count; i++) setTree(i, sortedAt(i) >> 9);
  let leaf: u32 = 0;
  let root: u32 = 0;
  for (let next: u32 = 0; next + 1 < count; next++) {
    let sum: u32 = 0;
    for (let side = 0; side < 2; side++) {
      if (leaf >= count || (root < next && treeAt(root) < treeAt(leaf))) {
        sum += treeAt(root);
        setTree(root++, next);
      } else {
        sum += treeAt(leaf++);
      }
    }
    setTree(next, sum);
  }
  setTree(count - 2, 0);
  for (let next = <i32>count - 3; next >= 0; next--) setTree(next, treeAt(treeAt(next)) + 1);
  let available: u32 = 1;
  let depth: u32 = 0;
  let node = <i32>count - 2;
  let next = <i32>count - 1;
  while (available > 0) {
    let used: u32 = 0;
    while (node >= 0 && treeAt(node) === depth) {
      used++;
      node--;
    }
    while (available > used) {
      setTree(next--, depth);
      available--;
    }
    available = 2 * used;
    depth++;
  }
}

/** Counts codes by length, none longer than `limit`: too long ones borrow from shorter. */
function countLengths(count: u32, limit: u32): void {
  memory.fill(counts, 0, (MAX_LENGTH + 2) << 2);
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const depth = min(treeAt(i), limit);
    const slot = counts + (depth << 2);
    store<u32>(slot, load<u32>(slot) + 1);
    total += 1 << (limit - depth);
  }
  while (total > (<u32>1) << limit) {
    store<u32>(counts + (limit << 2), load<u32>(counts + (limit << 2)) - 1);
    for (let length = limit - 1; length > 0; length--) {
      const slot = counts + (length << 2);
      if (load<u32>(slot) === 0) continue;
      store<u32>(slot, load<u32>(slot) - 1);
      store<u32>(slot + 4, load<u32>(slot + 4) + 2);
      break;
    }
    total--;
  }
}

/**
 * Code lengths of at most `limit` bits for `symbols` symbols; 0 where the frequency is. A code with
 * fewer than two symbols gets one more, for decoders that refuse an incomplete one.
 */
export function codeLengths(frequencies: u32, symbols: u32, limit: u32, lengths: u32): void {
  memory.fill(lengths, 0, symbols);
  const count = sortUsed(frequencies, symbols);
  if (count < 2) {
    const only: u32 = count === 1 ? sortedAt(0) & 0x1ff : 0;
    store<u8>(lengths + only, 1);
    store<u8>(lengths + (only === 0 ? 1 : 0), 1);
    return;
  }
  findDepths(count);
  countLengths(count, limit);
  // The rarest symbols come first in `sorted`: they get the longest codes.
  let i: u32 = 0;
  for (let length = limit; length > 0; length--) {
    for (let left = load<u32>(counts + (length << 2)); left > 0; left--) {
      store<u8>(lengths + (sortedAt(i++) & 0x1ff), length);
    }
  }
}

function reverse(code: u32, length: u32): u32 {
  let reversed: u32 = 0;
  for (; length > 0; length--) {
    reversed = (reversed << 1) | (code & 1);
    code >>= 1;
  }
  return reversed;
}

/** The canonical codes of these lengths, with their bits in the order in which deflate sends them. */
export function canonicalCodes(lengths: u32, symbols: u32, codes: u32): void {
  let code: u32 = 0;
  for (let length: u32 = 1; length <= MAX_LENGTH; length++) {
    for (let symbol: u32 = 0; symbol < symbols; symbol++) {
      if (<u32>load<u8>(lengths + symbol) !== length) continue;
      store<u32>(codes + (symbol << 2), reverse(code, length));
      code++;
    }
    code <<= 1;
  }
}
