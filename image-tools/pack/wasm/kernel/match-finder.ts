// Matches within the 32 KiB before each position: for every length the nearest one.
import { matchForward } from './bytes';
import { MAX_LENGTH } from './deflate-symbols';

const WINDOW: u32 = 1 << 15;
const HASH3_BITS: u32 = 13;
const HASH4_BITS: u32 = 15;

/** Serial numbers of positions: they go on from stream to stream, so that nothing need be cleared. */
const heads3 = <u32>memory.data(4 << HASH3_BITS, 16);
const heads4 = <u32>memory.data(4 << HASH4_BITS, 16);
const links = <u32>memory.data(4 << 15, 16);

/** What is added to an address to give its serial number. */
let bias: u32 = 0;
/** Serial number that no earlier stream has reached. */
let nextSerial: u32 = 1;
let firstSerial: u32 = 1;

/** Starts a stream of `length` bytes at `address`. */
export function startMatches(address: u32, length: u32): void {
  if (nextSerial > 0xf0000000 - length) {
    memory.fill(heads3, 0, 4 << HASH3_BITS);
    memory.fill(heads4, 0, 4 << HASH4_BITS);
    nextSerial = 1;
  }
  firstSerial = nextSerial;
  bias = nextSerial - address;
  nextSerial += length;
}

function slot3(p: u32): u32 {
  return heads3 + ((((load<u32>(p) & 0xffffff) * 0x9e3779b1) >> (32 - HASH3_BITS)) << 2);
}

function slot4(p: u32): u32 {
  return heads4 + (((load<u32>(p) * 0x9e3779b1) >> (32 - HASH4_BITS)) << 2);
}

/** Makes a position known, without a search; at least 4 bytes follow it. */
export function skipMatches(p: u32): void {
  const serial = p + bias;
  const slot = slot4(p);
  store<u32>(slot3(p), serial);
  store<u32>(links + ((serial & (WINDOW - 1)) << 2), load<u32>(slot));
  store<u32>(slot, serial);
}

/**
 * Lists the matches for `p` as u32 (length << 16 | distance - 1) at `out`, longer and farther ones
 * later, and makes the position known. Gives the end of the list. `limit` is at least 4.
 */
export function findMatches(p: u32, limit: u32, maxChain: u32, enough: u32, out: u32): u32 {
  const serial = p + bias;
  const oldest = max<u32>(firstSerial, serial < WINDOW ? 0 : serial - WINDOW);
  const most = min(limit, MAX_LENGTH);
  let best: u32 = 3;
  const near = load<u32>(slot3(p));
  if (near >= oldest && ((load<u32>(near - bias) ^ load<u32>(p)) & 0xffffff) === 0) {
    best = matchForward(near - bias, p, most);
    store<u32>(out, (best << 16) | (serial - near - 1));
    out += 4;
  }
  const slot = slot4(p);
  const word = load<u32>(p);
  let tail = load<u32>(p + best - 3);
  let candidate = load<u32>(slot);
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
    const older = load<u32>(links + ((candidate & (WINDOW - 1)) << 2));
    if (older >= candidate) break;
    candidate = older;
  }
  skipMatches(p);
  return out;
}
