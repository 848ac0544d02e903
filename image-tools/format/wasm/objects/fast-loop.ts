import { DISTANCE_TOO_FAR, UNUSED_DISTANCE, UNUSED_LITERAL } from './faults.ts';
import { fail } from './host.ts';
import { at, bits, count, end, save } from './input.ts';
import { DISTANCES, LITERALS } from './memory-map.ts';
import { limit, moveTo, origin, to } from './output.ts';
import { extraBits, wordMask } from './raised-bits.ts';
import { END, RAISED, SECOND, SPECIAL, widthOf } from './symbols.ts';

/** One turn refills twice, at most 7 bytes each, with a load of 8. */
export const INPUT_MARGIN: u32 = 16;

/** The entry of a table for the next bits. */
function literalAt(b: u64, mask: u32): u32 {
  return load<u32>(<u32>b & mask, LITERALS);
}

/**
 * Decodes symbols while INPUT_MARGIN bytes are at hand and the output is below its limit; true if
 * the block ended. All state is in locals, and a refill needs no branch: one takes at least 56 bits,
 * enough for three literals or for a length with its extra bits, and so for a distance.
 */
export function decodeFast(literalBits: u32, distanceBits: u32): bool {
  const literalMask = wordMask(literalBits);
  const distanceMask = wordMask(distanceBits);
  const lastAt = end - INPUT_MARGIN;
  const full = limit;
  const first = origin;
  let a = at;
  let b = bits << RAISED;
  // Only the lowest six bits count: what is subtracted has more.
  let n = count + RAISED;
  let o = to;
  let ended = false;
  b |= load<u64>(a) << (<u64>n);
  let entry = literalAt(b, literalMask);
  while (true) {
    if (a > lastAt) break;
    if (o > full) break;
    b |= load<u64>(a) << (<u64>n);
    a += (~n >> 3) & 7;
    n |= 56;
    if (<i32>entry < 0) {
      b >>= <u64>entry;
      n -= entry;
      store<u8>(o, entry >> 16);
      o += 1;
      entry = literalAt(b, literalMask);
      if (<i32>entry < 0) {
        b >>= <u64>entry;
        n -= entry;
        store<u8>(o, entry >> 16);
        o += 1;
        entry = literalAt(b, literalMask);
        if (<i32>entry < 0) {
          b >>= <u64>entry;
          n -= entry;
          store<u8>(o, entry >> 16);
          o += 1;
          entry = literalAt(b, literalMask);
          continue;
        }
      }
    }
    if (entry & SPECIAL) {
      if (entry & SECOND) {
        b >>= <u64>entry;
        n -= entry;
        const place = (entry >> 16) << RAISED;
        entry = load<u32>(place + (<u32>b & wordMask(widthOf(entry))), LITERALS);
        if (<i32>entry < 0) {
          b >>= <u64>entry;
          n -= entry;
          store<u8>(o, entry >> 16);
          o += 1;
          entry = literalAt(b, literalMask);
          continue;
        }
      }
      if (entry & SPECIAL) {
        if (!(entry & END)) {
          fail(UNUSED_LITERAL);
          unreachable();
        }
        b >>= <u64>entry;
        n -= entry;
        ended = true;
        break;
      }
    }
    const length = (entry >> 16) + extraBits(entry, b);
    b >>= <u64>entry;
    n -= entry;

    b |= load<u64>(a) << (<u64>n);
    a += (~n >> 3) & 7;
    n |= 56;
    let code = load<u32>(<u32>b & distanceMask, DISTANCES);
    if (code & SPECIAL) {
      if (code & SECOND) {
        b >>= <u64>code;
        n -= code;
        const place = (code >> 16) << RAISED;
        code = load<u32>(place + (<u32>b & wordMask(widthOf(code))), DISTANCES);
      }
      if (code & SPECIAL) {
        fail(UNUSED_DISTANCE);
        unreachable();
      }
    }
    const distance = (code >> 16) + extraBits(code, b);
    b >>= <u64>code;
    n -= code;
    // Looked up before the match is copied, so that neither waits for the other.
    entry = literalAt(b, literalMask);
    if (distance > o - first) {
      fail(DISTANCE_TOO_FAR);
      unreachable();
    }

    // Words may write past the match: the next symbol, or the margin, takes that place.
    const stop = o + length;
    let from = o - distance;
    if (distance >= 16) {
      v128.store(o, v128.load(from));
      v128.store(o, v128.load(from, 16), 16);
      o += 32;
      from += 32;
      while (o < stop) {
        v128.store(o, v128.load(from));
        o += 16;
        from += 16;
      }
    } else if (distance >= 8) {
      do {
        store<u64>(o, load<u64>(from));
        o += 8;
        from += 8;
      } while (o < stop);
    } else if (distance === 1) {
      const half = <u64>(<u32>load<u8>(from) * 0x01010101);
      const word = half | (half << 32);
      do {
        store<u64>(o, word);
        o += 8;
      } while (o < stop);
    } else {
      do {
        store<u8>(o, load<u8>(from));
        o += 1;
        from += 1;
      } while (o < stop);
    }
    o = stop;
  }
  save(b >> RAISED, (n & 63) - RAISED, a);
  moveTo(o);
  return ended;
}
