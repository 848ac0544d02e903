/** Largest prime below 2^16: RFC 1950, section 9. */
const BASE = 65521;
/** Most bytes whose sums stay below 2^32 without a remainder in between. */
const RUN = 5552;

/** The Adler-32 of `bytes`. */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + RUN, bytes.length);
    for (; at < end; at += 1) {
      low += bytes[at] as number;
      high += low;
    }
    low %= BASE;
    high %= BASE;
  }
  return high * 0x10000 + low;
}

/** The Adler-32 of two byte strings joined; `length` is the second one's, in bytes. */
export function combineAdler32(first: number, second: number, length: number): number {
  const low1 = first % 0x10000;
  const low2 = second % 0x10000;
  const low = (low1 + low2 + BASE - 1) % BASE;
  const high1 = Math.floor(first / 0x10000);
  const high2 = Math.floor(second / 0x10000);
  const shifted = ((length % BASE) * ((low1 + BASE - 1) % BASE)) % BASE;
  return ((high1 + high2 + shifted) % BASE) * 0x10000 + low;
}
