import { applyDelta, decodeDeltaSizes, FormatError } from '#format';
import { copy, delta, insert } from '../../fixtures/forge-bytes.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const MAX_RESULT = 1 << 16;

function randomDelta(base: Buffer, random: Random): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  for (let left = random.below(8); left > 0; left--) {
    if (random.oneIn(2) || base.length === 0) {
      const content = random.bytes(1 + random.below(127));
      parts.push(insert(content));
      size += content.length;
    } else {
      const from = random.below(base.length);
      const length = 1 + random.below(base.length - from);
      parts.push(copy(from, length));
      size += length;
    }
  }
  return delta(base.length, size, ...parts);
}

/** What a delta gives, written for nothing but to be read: undefined if it is malformed. */
function applySlowly(base: Buffer, delta: Buffer): number[] | undefined {
  const { baseSize, resultSize, instructionsAt } = decodeDeltaSizes(delta);
  const result: number[] = [];
  const rest = [...delta.subarray(instructionsAt)];
  const next = () => rest.shift() ?? Number.NaN;
  while (rest.length > 0) {
    const op = next();
    if (op === 0) return undefined;
    let piece: number[];
    if (op < 128) {
      piece = rest.splice(0, op);
      if (piece.length < op) return undefined;
    } else {
      let from = 0;
      let length = 0;
      for (let i = 0; i < 4; i++) if (op & (1 << i)) from += next() * 256 ** i;
      for (let i = 0; i < 3; i++) if (op & (16 << i)) length += next() * 256 ** i;
      if (length === 0) length = 65_536;
      if (!(from + length <= base.length)) return undefined;
      piece = [...base.subarray(from, from + length)];
    }
    result.push(...piece);
    if (result.length > resultSize) return undefined;
  }
  return baseSize === base.length && result.length === resultSize ? result : undefined;
}

export const deltaTarget: FuzzTarget = {
  name: 'delta',
  run(random) {
    const base = random.bytes(random.below(300));
    const sound = randomDelta(base, random);
    const bytes = random.oneIn(4) ? sound : mutate(sound, random);
    const size = refused([FormatError], () => decodeDeltaSizes(bytes).resultSize);
    if (size === undefined || size > MAX_RESULT) return;
    const result = refused([FormatError], () => {
      const out = new Uint8Array(size);
      applyDelta(base, bytes, out);
      return out;
    });
    const expected = applySlowly(base, bytes);
    insist((result === undefined) === (expected === undefined), 'one takes it, one does not');
    insist(
      result === undefined || Buffer.from(expected as number[]).equals(result),
      'the results differ',
    );
  },
};
