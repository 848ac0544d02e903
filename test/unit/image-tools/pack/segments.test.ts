import t from 'tap';
import { cutSegments, cutSlices } from '../../../../image-tools/pack/segments.ts';

const MIB = 2 ** 20;
const BOUNDS = { least: 8 * MIB, most: 32 * MIB };

function cut(count: number, size: number, bounds = BOUNDS) {
  const sizes = new Float64Array(count).fill(size);
  return cutSegments(sizes, new Int32Array(count).fill(-1), bounds);
}

t.test('segments follow each other and hold everything', async (t) => {
  const segments = cut(1000, 100_000);
  t.equal(segments[0]?.start, 0);
  t.equal(segments.at(-1)?.end, 1000);
  for (const [i, { start, end, bytes }] of segments.entries()) {
    t.equal(bytes, (end - start) * 100_000);
    if (i > 0) t.equal(start, segments[i - 1]?.end);
  }
});

t.test('a segment is a part of all contents, within bounds', async (t) => {
  const largest = (count: number) => Math.max(...cut(count, MIB).map(({ bytes }) => bytes / MIB));
  // Objects without relatives: a segment may end with any of them, from three quarters of its size on.
  t.equal(largest(4), 4);
  t.equal(largest(24), 6);
  t.equal(largest(96), 12);
  t.equal(largest(600), 24);
});

t.test('a family of large members stays together, up to a limit', async (t) => {
  const sizes = new Float64Array(50).fill(4 * MIB);
  const parents = Int32Array.from(sizes, (_, place) => place - 1);
  const segments = cutSegments(sizes, parents, BOUNDS);
  t.same(
    segments.map(({ bytes }) => bytes / MIB),
    [128, 72],
  );
});

t.test('a segment ends with a family where one ends near its size', async (t) => {
  const sizes = new Float64Array(60).fill(MIB / 2);
  const bounds = { least: 8 * MIB, most: 8 * MIB };
  // Families of seven members each: 3.5 MiB.
  const parents = Int32Array.from(sizes, (_, place) => (place % 7 === 0 ? -1 : place - 1));
  for (const { start } of cutSegments(sizes, parents, bounds)) t.equal(start % 7, 0);
  // One family of all: it has to be cut somewhere.
  const chain = Int32Array.from(sizes, (_, place) => place - 1);
  t.same(
    cutSegments(sizes, chain, bounds).map(({ bytes }) => bytes / MIB),
    [12, 12, 6],
  );
});

t.test('the number of objects in a segment is bounded', async (t) => {
  t.same(
    cut(10_000, 10).map(({ start, end }) => end - start),
    [4096, 4096, 1808],
  );
});

t.test('slices are cut by size; a larger object goes alone', async (t) => {
  t.same(cutSlices(Float64Array.of(3, 4, 20, 1, 5), 8), [
    { start: 0, end: 2, bytes: 7 },
    { start: 2, end: 3, bytes: 20 },
    { start: 3, end: 5, bytes: 6 },
  ]);
});
