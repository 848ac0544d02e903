import { FormatError } from '../base/errors.ts';

/** The two sizes of a delta take fewer bytes, unless leading zero groups pad them. */
export const MAX_DELTA_SIZES_LENGTH = 21;

/** The two sizes that head a delta, in bytes, and where its instructions begin. */
export interface DeltaSizes {
  readonly baseSize: number;
  readonly resultSize: number;
  readonly instructionsAt: number;
}

/**
 * Decodes the head of a delta; `delta` may be its beginning only.
 * @throws FormatError BAD_DELTA
 */
export function decodeDeltaSizes(delta: Uint8Array): DeltaSizes {
  let at = 0;
  const nextSize = (): number => {
    let size = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at === MAX_DELTA_SIZES_LENGTH)
        throw new FormatError('BAD_DELTA', 'a size in a delta does not end');
      const byte = delta[at++];
      if (byte === undefined) throw new FormatError('BAD_DELTA', 'a delta ends inside its sizes');
      size += (byte & 127) * scale;
      if (!Number.isSafeInteger(size)) {
        throw new FormatError('BAD_DELTA', 'a size beyond 2^53-1 in a delta');
      }
      if (byte < 128) return size;
    }
  };
  return { baseSize: nextSize(), resultSize: nextSize(), instructionsAt: at };
}

/**
 * Rebuilds an object: applies `delta` to `base`, filling exactly `out`, whose size the caller took
 * from {@link decodeDeltaSizes} and checked. `out` overlaps neither.
 * @throws FormatError BAD_DELTA; `out` then holds anything
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, out: Uint8Array): void {
  const { baseSize, resultSize, instructionsAt } = decodeDeltaSizes(delta);
  if (baseSize !== base.length) {
    throw new FormatError('BAD_DELTA', `base of ${base.length} bytes, not ${baseSize}`);
  }
  if (resultSize !== out.length) {
    throw new FormatError('BAD_DELTA', `result of ${resultSize} bytes, not ${out.length}`);
  }
  let at = instructionsAt;
  let done = 0;
  while (at < delta.length) {
    const op = delta[at++] as number;
    if (op === 0) throw new FormatError('BAD_DELTA', 'reserved delta instruction 0');
    let source = delta;
    let from = at;
    let length = op;
    if (op >= 128) {
      const end = at + bitCount(op & 127);
      if (end > delta.length) throw new FormatError('BAD_DELTA', 'a delta ends inside a copy');
      source = base;
      from = 0;
      length = 0;
      if (op & 1) from = delta[at++] as number;
      if (op & 2) from |= (delta[at++] as number) << 8;
      if (op & 4) from |= (delta[at++] as number) << 16;
      if (op & 8) from += (delta[at++] as number) * 0x1000000;
      if (op & 16) length = delta[at++] as number;
      if (op & 32) length |= (delta[at++] as number) << 8;
      if (op & 64) length |= (delta[at++] as number) << 16;
      if (length === 0) length = 0x10000;
    } else {
      at += op;
    }
    if (from + length > source.length || done + length > out.length) {
      throw new FormatError('BAD_DELTA', 'a delta instruction reaches outside its bounds');
    }
    copyBytes(source, from, out, done, length);
    done += length;
  }
  if (done !== out.length) {
    throw new FormatError('BAD_DELTA', `a delta gives ${done} bytes, not ${out.length}`);
  }
}

/** Below this length a loop beats the call and the view that `set` needs. */
const SHORT = 48;

function copyBytes(
  source: Uint8Array,
  from: number,
  out: Uint8Array,
  to: number,
  length: number,
): void {
  if (length > SHORT) {
    out.set(source.subarray(from, from + length), to);
    return;
  }
  for (let i = 0; i < length; i++) out[to + i] = source[from + i] as number;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
