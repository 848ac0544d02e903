import fc from 'fast-check';
import t from 'tap';
import { applyDelta, decodeDeltaSizes } from '#format';

function sizeBytes(size: number): number[] {
  const bytes: number[] = [];
  for (let rest = size; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** A copy instruction with all its argument bytes. */
function copy(from: number, length: number): number[] {
  const fromBytes = [0, 8, 16, 24].map((shift) => (from >>> shift) & 255);
  return [0xff, ...fromBytes, ...[0, 8, 16].map((shift) => (length >>> shift) & 255)];
}

function apply(base: Uint8Array, resultSize: number, delta: number[]): Uint8Array {
  const out = new Uint8Array(resultSize);
  applyDelta(base, Uint8Array.from(delta), out);
  return out;
}

t.test('sizes come back', async () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (baseSize, resultSize) => {
      const bytes = Uint8Array.from([...sizeBytes(baseSize), ...sizeBytes(resultSize)]);
      const sizes = decodeDeltaSizes(bytes);
      return (
        sizes.baseSize === baseSize &&
        sizes.resultSize === resultSize &&
        sizes.instructionsAt === bytes.length
      );
    }),
  );
});

t.test('any mix of copies and inserts gives what it says', async () => {
  const base = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
  const instruction = fc.oneof(
    fc.record({ from: fc.nat(300), length: fc.integer({ min: 1, max: 300 }) }),
    fc.uint8Array({ minLength: 1, maxLength: 127 }),
  );
  fc.assert(
    fc.property(fc.array(instruction, { maxLength: 10 }), (instructions) => {
      const delta: number[] = [];
      const expected: number[] = [];
      for (const one of instructions) {
        if (one instanceof Uint8Array) {
          delta.push(one.length, ...one);
          expected.push(...one);
        } else if (one.from + one.length <= base.length) {
          delta.push(...copy(one.from, one.length));
          expected.push(...base.subarray(one.from, one.from + one.length));
        }
      }
      const head = [...sizeBytes(base.length), ...sizeBytes(expected.length)];
      const out = apply(base, expected.length, [...head, ...delta]);
      return Buffer.compare(out, Uint8Array.from(expected)) === 0;
    }),
  );
});

t.test('a copy without length bytes takes 65,536', async (t) => {
  const base = new Uint8Array(70_000).fill(3);
  const head = [...sizeBytes(70_000), ...sizeBytes(0x10000)];
  t.strictSame(apply(base, 0x10000, [...head, 0x81, 5]), base.subarray(5, 5 + 0x10000));
});

t.test('malformed deltas', async (t) => {
  const base = Uint8Array.from([1, 2, 3, 4]);
  const bad = (name: string, size: number, ...delta: number[]) =>
    t.throws(() => apply(base, size, delta), { name: 'FormatError', code: 'BAD_DELTA' }, name);
  bad('empty', 1);
  bad('sizes cut', 1, 4, 0x80);
  bad('a size that does not end', 1, ...Array(60).fill(0x80));
  bad('a size beyond 2^53-1', 1, ...Array(10).fill(0xff), 1);
  bad('base size lies', 1, 5, 1, 1, 9);
  bad('result size lies', 2, 4, 1, 1, 9);
  bad('instruction 0', 1, 4, 1, 0);
  bad('insert cut', 3, 4, 3, 3, 9, 9);
  bad('copy cut', 4, 4, 4, 0x91, 0);
  bad('copy past the base', 4, 4, 4, 0x91, 1, 4);
  bad('copy from 4 GiB', 1, 4, 1, ...copy(0xffffffff, 1));
  bad('result too short', 3, 4, 3, 0x90, 2);
  bad('result too long', 3, 4, 3, 0x90, 2, 0x90, 2);
});
