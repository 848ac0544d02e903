// Helpers on linear memory that several parts of the kernel use. Addresses and lengths are in bytes.

/** Length of the common run of `a` and `b` going forward, at most `limit`. */
export function matchForward(a: u32, b: u32, limit: u32): u32 {
  let n: u32 = 0;
  while (n + 8 <= limit) {
    const difference = load<u64>(a + n) ^ load<u64>(b + n);
    if (difference !== 0) return n + (<u32>ctz(difference) >> 3);
    n += 8;
  }
  while (n < limit && load<u8>(a + n) === load<u8>(b + n)) n++;
  return n;
}

/** Length of the common run that ends just before `a` and `b`, at most `limit`. */
export function matchBackward(a: u32, b: u32, limit: u32): u32 {
  let n: u32 = 0;
  while (n + 8 <= limit) {
    const difference = load<u64>(a - n - 8) ^ load<u64>(b - n - 8);
    if (difference !== 0) return n + (<u32>clz(difference) >> 3);
    n += 8;
  }
  while (n < limit && load<u8>(a - n - 1) === load<u8>(b - n - 1)) n++;
  return n;
}

/** Grows memory so that every address below `end` exists; traps where the host refuses. */
export function ensureMemory(end: u64): void {
  const pages = <i32>((end + 0xffff) >> 16);
  const missing = pages - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) unreachable();
}
