import fc from 'fast-check';
import t from 'tap';
import { type ByteSource, memorySource, partOfSource, peekBytes, readExact } from '#format';
import { readOnce } from '../../../../../image-tools/format/bytes/byte-source.ts';

/** Gives what it has in pieces of its own choosing, as a block device's cache does. */
function choppySource(bytes: Uint8Array, piece: number): ByteSource {
  return {
    size: bytes.length,
    window: (offset) => bytes.subarray(offset, Math.floor(offset / piece + 1) * piece),
  };
}

t.test('exact reads give the bytes, however the source cuts them', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(250),
      fc.nat(250),
      fc.integer({ min: 1, max: 50 }),
      (bytes, offset, length, piece) => {
        const source = choppySource(bytes, piece);
        const expected = bytes.subarray(offset, offset + length);
        const peeked = peekBytes(source, offset, length);
        if (Buffer.compare(peeked.subarray(0, length), expected) !== 0) return false;
        if (offset + length <= bytes.length) {
          return Buffer.compare(readExact(source, offset, length), expected) === 0;
        }
        try {
          readExact(source, offset, length);
          return false;
        } catch (error) {
          return (error as { code: string }).code === 'TRUNCATED';
        }
      },
    ),
  );
});

t.test('nothing outside a part is reached through it', async (t) => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const part = partOfSource(memorySource(bytes), 10, 20);
  t.equal(part.size, 10);
  t.strictSame(part.window(0, 50), bytes.subarray(10, 20));
  t.strictSame(part.window(9, 50), bytes.subarray(19, 20));
  t.equal(part.window(10, 1).length, 0);
  t.equal(part.window(-1, 1).length, 0);
  t.equal(memorySource(bytes).window(-1, 1).length, 0);
  t.throws(() => readExact(part, 5, 6), { code: 'TRUNCATED' });
  t.throws(() => readExact(part, 0, 2 ** 52), { code: 'TRUNCATED' });
  t.throws(() => partOfSource(part, 5, 11), { code: 'TRUNCATED' });
  t.throws(() => partOfSource(part, 6, 5), { code: 'TRUNCATED' });
});

t.test('a part asks its source for its own places, if that can fetch', async (t) => {
  const asked: unknown[] = [];
  const source: ByteSource = {
    ...memorySource(new Uint8Array(100)),
    prefetch(extents) {
      asked.push([...extents]);
      return 1;
    },
  };
  const extents = Float64Array.of(0, 4, 5, 9);
  t.equal(partOfSource(source, 10, 20).prefetch?.(extents), 1);
  t.strictSame(asked, [[10, 14, 15, 19]]);
  t.equal(partOfSource(memorySource(new Uint8Array(9)), 1, 9).prefetch?.(extents), 2);
});

t.test('what is read once comes from the source itself, and only from inside', async (t) => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const source: ByteSource = {
    ...memorySource(new Uint8Array(100)),
    readOnce: (offset, out) => out.set(bytes.subarray(offset, offset + out.length)),
  };
  const read = (from: ByteSource, offset: number, length: number) => {
    const out = new Uint8Array(length);
    readOnce(from, offset, out);
    return out;
  };
  const part = partOfSource(source, 10, 20);
  t.strictSame(read(source, 90, 10), bytes.slice(90));
  t.strictSame(read(part, 4, 6), bytes.slice(14, 20));
  t.strictSame(read(choppySource(bytes, 7), 3, 20), bytes.slice(3, 23), 'or from its windows');
  t.equal(partOfSource(memorySource(bytes), 10, 20).readOnce, undefined);
  for (const [offset, length] of [
    [-1, 1],
    [5, 6],
    [11, 0],
    [Number.NaN, 1],
  ] as const) {
    t.throws(() => part.readOnce?.(offset, new Uint8Array(length)), { code: 'TRUNCATED' });
    t.throws(() => read(part, offset, length), { code: 'TRUNCATED' });
  }
});

t.test('a source that ends before its size is an error, not a loop', async (t) => {
  const source: ByteSource = { size: 10, window: () => new Uint8Array(0) };
  t.throws(() => readExact(source, 0, 5), { code: 'TRUNCATED' });
});
