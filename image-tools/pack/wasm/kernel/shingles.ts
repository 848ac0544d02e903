// Which earlier objects of a segment share content with the one at hand: an index of sampled
// shingles over all of them, and a count of votes.
import { GO, samples, spread, startSamples, takeSamples } from './samples';

let heads: u32 = 0;
let entries: u32 = 0;
let capacity: u32 = 0;
let used: u32 = 0;
let taken: u32 = 0;
let shift: u32 = 0;
let votes: u32 = 0;

/** Objects looked at for one shingle: the last ones that hold it. */
const MAX_CHAIN: u32 = 8;

/** Of more shingles than twice as many, every second, third and so on votes: what is like the object is so all over. */
const ENOUGH: u32 = 512;

function headBits(maxEntries: u32): u32 {
  let bits: u32 = 8;
  while (bits < 20 && (<u32>1) << bits < maxEntries) bits++;
  return bits;
}

/** Memory for an index of at most `maxEntries` shingles over `objects` objects, in bytes. */
export function shingleTableSize(maxEntries: u32, objects: u32): u32 {
  return (((<u32>1) << headBits(maxEntries)) << 2) + maxEntries * 12 + (objects << 2);
}

/** Starts an empty index in shingleTableSize bytes at `address`. */
export function startShingles(address: u32, maxEntries: u32, objects: u32): void {
  const bits = headBits(maxEntries);
  heads = address;
  entries = heads + (((<u32>1) << bits) << 2);
  capacity = maxEntries;
  votes = entries + maxEntries * 12;
  used = 0;
  shift = 32 - bits;
  memory.fill(heads, 0, ((<u32>1) << bits) << 2);
  memory.fill(votes, 0, objects << 2);
}

function slotOf(value: u32): u32 {
  return heads + (((value * 0x85ebca6b) >> shift) << 2);
}

/** Takes the shingles of an object in hand: they stand behind the index, not yet part of it. */
export function takeShingles(address: u32, length: u32): void {
  const end = address + length;
  let last: u32 = 0;
  taken = used;
  startSamples();
  for (let p = address; p < end && taken < capacity; p += GO) {
    const top = takeSamples(p, min(end, p + GO));
    for (let at = samples; at < top && taken < capacity; at += 4) {
      const hash = load<u32>(at);
      if (hash === last) continue;
      last = hash;
      store<u32>(entries + taken * 12, spread(hash));
      taken++;
    }
  }
}

/** How many shingles are in hand. */
export function shinglesInHand(): u32 {
  return taken - used;
}

/** Remembers the shingles in hand under the number of their object. */
export function addShingles(object: u32): void {
  while (used < taken) {
    const entry = entries + used * 12;
    const slot = slotOf(load<u32>(entry));
    store<u32>(entry, object, 4);
    store<u32>(entry, load<u32>(slot), 8);
    used++;
    store<u32>(slot, used);
  }
}

/**
 * Counts for each earlier object how many of the shingles in hand it holds, by estimate where they are many. The best `count`
 * objects go to `out` as pairs of u32 (object, votes), most votes first; gives how many there are.
 */
export function vote(objects: u32, count: u32, out: u32): u32 {
  memory.fill(votes, 0, objects << 2);
  const step = max<u32>(1, (taken - used) / ENOUGH);
  for (let i = used; i < taken; i += step) {
    const value = load<u32>(entries + i * 12);
    let at = load<u32>(slotOf(value));
    let voter: u32 = 0xffffffff;
    for (let chain: u32 = 0; at !== 0 && chain < MAX_CHAIN; chain++) {
      const entry = entries + (at - 1) * 12;
      const object = load<u32>(entry, 4);
      if (load<u32>(entry) === value && object !== voter) {
        voter = object;
        const slot = votes + (object << 2);
        store<u32>(slot, load<u32>(slot) + 1);
      }
      at = load<u32>(entry, 8);
    }
  }
  let found: u32 = 0;
  // The latest object first: with equal votes it is the closest in the order.
  for (let object = objects; object > 0; object--) {
    const got = load<u32>(votes + ((object - 1) << 2)) * step;
    if (got === 0) continue;
    let at = found;
    while (at > 0 && load<u32>(out + ((at - 1) << 3), 4) < got) at--;
    if (at >= count) continue;
    if (found < count) found++;
    memory.copy(out + ((at + 1) << 3), out + (at << 3), (found - 1 - at) << 3);
    store<u32>(out + (at << 3), object - 1);
    store<u32>(out + (at << 3), got, 4);
  }
  return found;
}
