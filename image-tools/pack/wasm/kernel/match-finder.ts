// Matches within the 32 KiB before each position: for every length the nearest one, or the longest.
import { matchForward } from './bytes';
import { MAX_LENGTH } from './deflate-symbols';

const WINDOW: u32 = 1 << 15;
const HASH3_BITS: u32 = 13;
const HASH4_BITS: u32 = 15;
/** What is farther away than a window is taken for this far. */
const FAR: u32 = 0xffff;

/** Serial numbers of positions: they go on from stream to stream, so that nothing need be cleared. */
const heads3 = <u32>memory.data(4 << HASH3_BITS, 16);
const heads4 = <u32>memory.data(4 << HASH4_BITS, 16);
/** For each position of the window, how far before it the next older one of its chain is: u16. */
const links = <u32>memory.data(2 << 15, 16);

/** What is added to an address to give its serial number. */
let bias: u32 = 0;
/** Serial number that no earlier stream has reached: from the first on, one may go back FAR. */
let nextSerial: u32 = FAR + 1;
let firstSerial: u32 = FAR + 1;

/** Starts a stream of `length` bytes at `address`. */
export function startMatches(address: u32, length: u32): void {
  if (nextSerial > 0xf0000000 - length) {
    memory.fill(heads3, 0, 4 << HASH3_BITS);
    memory.fill(heads4, 0, 4 << HASH4_BITS);
    nextSerial = FAR + 1;
  }
  firstSerial = nextSerial;
  bias = nextSerial - address;
  nextSerial += length;
}

function slot3(word: u32): u32 {
  return heads3 + ((((word << 8) * 0x9e3779b1) >> (32 - HASH3_BITS)) << 2);
}

function slot4(word: u32): u32 {
  return heads4 + (((word * 0x9e3779b1) >> (32 - HASH4_BITS)) << 2);
}

function oldestFor(serial: u32): u32 {
  return max<u32>(firstSerial, serial - WINDOW);
}

function setLink(serial: u32, older: u32): void {
  store<u16>(links + ((serial & (WINDOW - 1)) << 1), min<u32>(serial - older, FAR));
}

/** The next older position of the chain of this one, which lies in the window. */
function olderThan(serial: u32): u32 {
  return serial - load<u16>(links + ((serial & (WINDOW - 1)) << 1));
}

/** Makes a position known, without a search; at least 4 bytes follow it. */
export function skipMatches(p: u32): void {
  const serial = p + bias;
  const word = load<u32>(p);
  const slot = slot4(word);
  store<u32>(slot3(word), serial);
  setLink(serial, load<u32>(slot));
  store<u32>(slot, serial);
}

/**
 * Lists the matches for `p` as u32 (length << 16 | distance - 1) at `out`, longer and farther ones
 * later, and makes the position known. Gives the end of the list. `limit` is at least 4.
 */
export function findMatches(p: u32, limit: u32, maxChain: u32, enough: u32, out: u32): u32 {
  const serial = p + bias;
  const oldest = oldestFor(serial);
  const most = min(limit, MAX_LENGTH);
  const word = load<u32>(p);
  const head3 = slot3(word);
  const head4 = slot4(word);
  const near = load<u32>(head3);
  let candidate = load<u32>(head4);
  store<u32>(head3, serial);
  store<u32>(head4, serial);
  setLink(serial, candidate);
  let best: u32 = 3;
  if (near >= oldest && ((load<u32>(near - bias) ^ word) & 0xffffff) === 0) {
    best = matchForward(near - bias, p, most);
    store<u32>(out, (best << 16) | (serial - near - 1));
    out += 4;
  }
  let tail = load<u32>(p + best - 3);
  for (; candidate >= oldest && maxChain > 0 && best < most; maxChain--) {
    const q = candidate - bias;
    // The four bytes that a longer match has to end with tell most candidates apart.
    if (load<u32>(q + best - 3) === tail && load<u32>(q) === word) {
      const length = matchForward(q, p, most);
      if (length > best) {
        best = length;
        tail = load<u32>(p + best - 3);
        store<u32>(out, (length << 16) | (serial - candidate - 1));
        out += 4;
        if (length >= enough) break;
      }
    }
    candidate = olderThan(candidate);
  }
  return out;
}

/**
 * The longest match for `p` of more than `best` bytes, 2 or more (length << 16 | distance - 1), or 0;
 * makes the position known. At least 4 bytes follow it, and `most` are compared.
 */
export function findLongest(p: u32, most: u32, best: u32, maxChain: u32, enough: u32): u32 {
  const serial = p + bias;
  const oldest = oldestFor(serial);
  const word = load<u32>(p);
  const head3 = slot3(word);
  const head4 = slot4(word);
  const near = load<u32>(head3);
  let candidate = load<u32>(head4);
  store<u32>(head3, serial);
  store<u32>(head4, serial);
  setLink(serial, candidate);
  let found: u32 = 0;
  if (best < 3) {
    best = 3;
    if (near >= oldest && ((load<u32>(near - bias) ^ word) & 0xffffff) === 0) {
      found = (3 << 16) | (serial - near - 1);
    }
  }
  if (best >= most) return found;
  let tail = load<u32>(p + best - 3);
  for (; candidate >= oldest && maxChain > 0; maxChain--) {
    const q = candidate - bias;
    if (load<u32>(q + best - 3) === tail && load<u32>(q) === word) {
      const length = matchForward(q, p, most);
      if (length > best) {
        best = length;
        found = (length << 16) | (serial - candidate - 1);
        if (length >= enough || length >= most) break;
        tail = load<u32>(p + best - 3);
      }
    }
    candidate = olderThan(candidate);
  }
  return found;
}
