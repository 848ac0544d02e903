// The IDX of the PACK, whole in memory: where objects stand, and how far their entries can reach.
const FAN_OUT: u32 = 8;
const OIDS: u32 = FAN_OUT + 4 * 256;
const OID_LENGTH: u32 = 20;
const TRAILER: u32 = 40;
/** In the 32-bit table: the rest is a row of the 64-bit one. */
const LARGE: u64 = 0x80000000;
const PACK_HEADER: u64 = 12;
/** No entry stands there. */
export const NOWHERE: u64 = 0;
/** A bucket has 4 entries, mostly. */
const BUCKET_BITS: u32 = 2;
/** One with more is sorted: a large object leaves few buckets to all others, and an IDX can be forged. */
const CROWD: u32 = 16;
/** Buckets that are looked at for the next entry: that of another one is mostly the same or the next. */
const MAX_BUCKETS: u64 = 256;

let start: u32 = 0;
let count: u32 = 0;
let offsets: u32 = 0;
let largeOffsets: u32 = 0;
let largeCount: u64 = 0;
/** Where the PACK's entries end. */
let packEnd: u64 = 0;

/** u64[count]: the offsets, those of one bucket together; a bucket is 2^shift bytes of the PACK. Crowds are sorted. */
let sorted: u32 = 0;
/** u32[bucketCount]: where each bucket ends in `sorted`. */
let bucketEnds: u32 = 0;
let bucketCount: u64 = 0;
let shift: u64 = 0;

/**
 * Begins with the IDX of `rows` objects, at least one, in the `size` bytes at `address`, whose geometry
 * is checked. It needs 8 bytes for each object at `offsetsRoom`, and 4 zeros for each, and for one more, at `bucketsRoom`.
 */
export function startIdx(
  address: u32,
  size: u32,
  rows: u32,
  end: f64,
  offsetsRoom: u32,
  bucketsRoom: u32,
): void {
  start = address;
  count = rows;
  offsets = address + OIDS + (OID_LENGTH + 4) * rows;
  largeOffsets = offsets + 4 * rows;
  largeCount = (address + size - TRAILER - largeOffsets) >> 3;
  packEnd = <u64>end;
  sorted = offsetsRoom;
  bucketEnds = bucketsRoom;
  fillBuckets();
  sortCrowds();
}

/** Where the object of a row stands in the PACK; NOWHERE if that is outside of it. */
export function offsetOf(row: u32): u64 {
  let offset: u64 = bswap(load<u32>(offsets + 4 * row));
  if (offset >= LARGE) {
    const large = offset - LARGE;
    if (large >= largeCount) return NOWHERE;
    offset = bswap(load<u64>(largeOffsets + 8 * <u32>large));
  }
  return offset >= PACK_HEADER && offset < packEnd ? offset : NOWHERE;
}

/** Puts each offset into its bucket: a sort by its upper bits, which is all that is needed. */
function fillBuckets(): void {
  shift = 0;
  // Some entries to each: the ends stay near, and those few are soon looked through.
  while (packEnd >> shift > <u64>(count >> BUCKET_BITS)) shift += 1;
  bucketCount = (packEnd >> shift) + 1;
  for (let row: u32 = 0; row < count; row++) {
    const slot = bucketEnds + 4 * <u32>(offsetOf(row) >> shift);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let sum: u32 = 0;
  for (let bucket: u32 = 0; bucket < <u32>bucketCount; bucket++) {
    const slot = bucketEnds + 4 * bucket;
    const size = load<u32>(slot);
    store<u32>(slot, sum);
    sum += size;
  }
  for (let row: u32 = 0; row < count; row++) {
    const offset = offsetOf(row);
    const slot = bucketEnds + 4 * <u32>(offset >> shift);
    const place = load<u32>(slot);
    store<u32>(slot, place + 1);
    store<u64>(sorted + 8 * place, offset);
  }
}

function offsetIn(place: u32): u64 {
  return load<u64>(sorted + 8 * place);
}

/** Lets the offset at `place` of a heap from `low` to `high` sink to where none below it is larger. */
function sink(low: u32, high: u32, start: u32): void {
  let place = start;
  const offset = offsetIn(place);
  for (;;) {
    let child = low + 2 * (place - low) + 1;
    if (child >= high) break;
    if (child + 1 < high && offsetIn(child + 1) > offsetIn(child)) child += 1;
    if (offsetIn(child) <= offset) break;
    store<u64>(sorted + 8 * place, offsetIn(child));
    place = child;
  }
  store<u64>(sorted + 8 * place, offset);
}

/** Sorts the offsets from `low` to `high`: heapsort, which no order makes slow. */
function sortOffsets(low: u32, high: u32): void {
  for (let start = (low + high) >> 1; start > low; start--) sink(low, high, start - 1);
  for (let last = high - 1; last > low; last--) {
    const largest = offsetIn(low);
    store<u64>(sorted + 8 * low, offsetIn(last));
    store<u64>(sorted + 8 * last, largest);
    sink(low, last, low);
  }
}

function bucketStart(bucket: u64): u32 {
  return bucket === 0 ? 0 : load<u32>(bucketEnds + 4 * <u32>(bucket - 1));
}

function bucketEnd(bucket: u64): u32 {
  return load<u32>(bucketEnds + 4 * <u32>bucket);
}

function sortCrowds(): void {
  for (let bucket: u64 = 0; bucket < bucketCount; bucket++) {
    const low = bucketStart(bucket);
    const high = bucketEnd(bucket);
    if (high - low > CROWD) sortOffsets(low, high);
  }
}

/** The first place in a bucket of its lowest offset from `offset` on; where the bucket ends if it has none. */
function seek(bucket: u64, offset: u64): u32 {
  let low = bucketStart(bucket);
  const end = bucketEnd(bucket);
  let high = end;
  if (high - low > CROWD) {
    while (low < high) {
      const middle = low + ((high - low) >> 1);
      if (offsetIn(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  let best = end;
  let lowest: u64 = u64.MAX_VALUE;
  for (; low < high; low++) {
    const other = load<u64>(sorted + 8 * low);
    if (other < offset || other >= lowest) continue;
    best = low;
    lowest = other;
  }
  return best;
}

/** A number below `count` for the entry at an offset that a row has: one for all rows that have it. */
export function placeOf(offset: u64): u32 {
  const bucket = offset >> shift;
  const high = bucketEnd(bucket);
  let place = bucketStart(bucket);
  if (high - place > CROWD) return seek(bucket, offset);
  while (load<u64>(sorted + 8 * place) !== offset && place + 1 < high) place += 1;
  return place;
}

/** The same for any offset below the end of the PACK; -1 if no row has it. */
export function placeAt(offset: u64): i32 {
  const bucket = offset >> shift;
  const place = seek(bucket, offset);
  return place < bucketEnd(bucket) && offsetIn(place) === offset ? <i32>place : -1;
}

/** Where the entry at `offset` ends at the latest: at the next one, if that is not far. */
export function endAfter(offset: u64): u64 {
  const first = offset >> shift;
  const stop = min(bucketCount, first + MAX_BUCKETS);
  for (let bucket = first; bucket < stop; bucket++) {
    const place = seek(bucket, offset + 1);
    if (place < bucketEnd(bucket)) return offsetIn(place);
  }
  return packEnd;
}

function fanOut(byte: u32): u32 {
  return bswap(load<u32>(start + FAN_OUT + 4 * byte));
}

/** Whether the id at `a` stands before (-1), at or after (1) the one at `b`. */
function compare(a: u32, b: u32): i32 {
  const head = bswap(load<u64>(a));
  const otherHead = bswap(load<u64>(b));
  if (head !== otherHead) return head < otherHead ? -1 : 1;
  const middle = bswap(load<u64>(a + 8));
  const otherMiddle = bswap(load<u64>(b + 8));
  if (middle !== otherMiddle) return middle < otherMiddle ? -1 : 1;
  const tail = bswap(load<u32>(a + 16));
  const otherTail = bswap(load<u32>(b + 16));
  if (tail === otherTail) return 0;
  return tail < otherTail ? -1 : 1;
}

/** The row of the id at `oid`; -1 if it has none, or the fan-out makes no sense. */
export function find(oid: u32): i32 {
  const first: u32 = load<u8>(oid);
  let low: u32 = first === 0 ? 0 : fanOut(first - 1);
  let high = fanOut(first);
  if (low > high || high > count) return -1;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    const order = compare(oid, start + OIDS + OID_LENGTH * middle);
    if (order === 0) return middle;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return -1;
}
