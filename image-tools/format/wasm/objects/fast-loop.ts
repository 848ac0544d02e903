import { DISTANCE_TOO_FAR, UNUSED_DISTANCE, UNUSED_LITERAL } from './faults.ts';
import { fail } from './host.ts';
import { at, bits, count, end, save } from './input.ts';
import { limit, moveTo, origin, to } from './output.ts';
import { CODE_LENGTH, END, SECOND, SPECIAL, widthOf } from './symbols.ts';

/** One turn refills twice, at most 7 bytes each, with a load of 8. */
export const INPUT_MARGIN: u32 = 16;

/**
 * Decodes symbols while INPUT_MARGIN bytes are at hand and the output is below its limit; true if
 * the block ended. All state is in locals, and a refill needs no branch: one takes at least 56 bits,
 * enough for three literals or for a length with its extra bits, and so for a distance.
 */
export function decodeFast(
  literals: u32,
  literalBits: u32,
  distances: u32,
  distanceBits: u32,
): bool {
  const literalMask: u64 = ((<u64>1) << literalBits) - 1;
  const distanceMask: u64 = ((<u64>1) << distanceBits) - 1;
  const lastAt = end - INPUT_MARGIN;
  const full = limit;
  const first = origin;
  let a = at;
  let b = bits;
  let n = count;
  let o = to;
  let ended = false;
  b |= load<u64>(a) << (<u64>n);
  let entry = load<u32>(literals + 4 * <u32>(b & literalMask));
  while (a <= lastAt && o <= full) {
    b |= load<u64>(a) << (<u64>n);
    a += (63 - n) >> 3;
    n |= 56;
    if (<i32>entry < 0) {
      b >>= <u64>(entry & CODE_LENGTH);
      n -= entry & CODE_LENGTH;
      store<u8>(o, entry >> 16);
      o += 1;
      entry = load<u32>(literals + 4 * <u32>(b & literalMask));
      if (<i32>entry < 0) {
        b >>= <u64>(entry & CODE_LENGTH);
        n -= entry & CODE_LENGTH;
        store<u8>(o, entry >> 16);
        o += 1;
        entry = load<u32>(literals + 4 * <u32>(b & literalMask));
      }
    }
    if (entry & SECOND) {
      b >>= <u64>(entry & CODE_LENGTH);
      n -= entry & CODE_LENGTH;
      const index = (entry >> 16) + (<u32>b & ((1 << widthOf(entry)) - 1));
      entry = load<u32>(literals + 4 * index);
    }
    b >>= <u64>(entry & CODE_LENGTH);
    n -= entry & CODE_LENGTH;
    if (<i32>entry < 0) {
      store<u8>(o, entry >> 16);
      o += 1;
      entry = load<u32>(literals + 4 * <u32>(b & literalMask));
      continue;
    }
    if (entry & SPECIAL) {
      if (!(entry & END)) fail(UNUSED_LITERAL);
      ended = true;
      break;
    }
    const length = (entry >> 16) + (<u32>b & ((1 << widthOf(entry)) - 1));
    b >>= <u64>widthOf(entry);
    n -= widthOf(entry);

    b |= load<u64>(a) << (<u64>n);
    a += (63 - n) >> 3;
    n |= 56;
    let code = load<u32>(distances + 4 * <u32>(b & distanceMask));
    if (code & SPECIAL) {
      if (code & SECOND) {
        b >>= <u64>(code & CODE_LENGTH);
        n -= code & CODE_LENGTH;
        const index = (code >> 16) + (<u32>b & ((1 << widthOf(code)) - 1));
        code = load<u32>(distances + 4 * index);
      }
      if (code & SPECIAL) fail(UNUSED_DISTANCE);
    }
    b >>= <u64>(code & CODE_LENGTH);
    const distance = (code >> 16) + (<u32>b & ((1 << widthOf(code)) - 1));
    b >>= <u64>widthOf(code);
    n -= (code & CODE_LENGTH) + widthOf(code);
    // Looked up before the match is copied, so that neither waits for the other.
    entry = load<u32>(literals + 4 * <u32>(b & literalMask));
    if (distance > o - first) fail(DISTANCE_TOO_FAR);

    // Words may write past the match: the next symbol, or the margin, takes that place.
    const stop = o + length;
    let from = o - distance;
    if (distance >= 16) {
      do {
        v128.store(o, v128.load(from));
        o += 16;
        from += 16;
      } while (o < stop);
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
  save(b, n, a);
  moveTo(o);
  return ended;
}
