import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { readExact } from '#format';
import { LineCache, type LineRead } from '../../../../../guest/reader/cache/line-cache.ts';
import { SlowDevice } from '../../../../fixtures/slow-device.ts';

const LINE = 64 * 1024;
const CONTENT = randomBytes(LINE * 40 + 4096);

/** The parts of `length` bytes at these places, as `prefetch` takes them. */
function extentsOf(places: Float64Array, length: number): Float64Array {
  return Float64Array.from([...places].flatMap((place) => [place, place + length]));
}

/** A device over CONTENT that writes down what is read. */
function device(blockSize = 512, size = CONTENT.length) {
  const log: LineRead[] = [];
  let broken = false;
  let calls = 0;
  return {
    calls: () => calls,
    bytesRead: () => log.reduce((sum, { into }) => sum + into.length, 0),
    fail: (fails: boolean) => {
      broken = fails;
    },
    size,
    blockSize,
    /** The bytes come as late as they may. */
    begin(reads: readonly LineRead[]) {
      return () => {
        if (!broken) this.read(reads);
        return !broken;
      };
    },
    read(reads: readonly LineRead[]) {
      if (broken) throw new Error('the disk is gone');
      calls += 1;
      for (const read of reads) {
        if (read.offset % blockSize !== 0 || read.into.length % blockSize !== 0) {
          throw new Error(`${read.into.length} bytes at ${read.offset}`);
        }
        read.into.set(CONTENT.subarray(read.offset, read.offset + read.into.length));
        log.push(read);
      }
    },
  };
}

t.test('any reads, through caches of any size', async (t) => {
  const reads = fc.array(
    fc.tuple(
      fc.oneof(fc.nat(CONTENT.length - 1), fc.nat(3 * LINE)),
      fc.oneof(fc.nat(200), fc.nat(300_000)),
      fc.option(fc.oneof(fc.nat(CONTENT.length - 1), fc.nat(3 * LINE)), { nil: undefined }),
      fc.boolean(),
    ),
    { maxLength: 60 },
  );
  const few = fc.integer({ min: 1, max: 50 });
  const property = fc.property(reads, few, few, (list, lines, linesAtOnce) => {
    const disk = { ...device(4096), linesAtOnce };
    const cache = new LineCache(disk, new Uint8Array(lines * LINE), LINE);
    for (const [offset, wanted, expected, isFetched] of list) {
      if (expected !== undefined) cache.expect(expected, wanted);
      if (isFetched) {
        const places = Float64Array.of(offset, offset % LINE, -LINE, CONTENT.length, offset * 7);
        const count = cache.prefetch(extentsOf(places, wanted));
        if (count < 1 || count > places.length) return false;
      }
      const length = Math.min(wanted, CONTENT.length - offset);
      const bytes = readExact(cache, offset, length);
      if (!CONTENT.subarray(offset, offset + length).equals(bytes)) return false;
    }
    return true;
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 150 }));
});

t.test('the first reads are small, and hit where they overlap', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE * 8), LINE);
  cache.window(0, 40);
  cache.window(28, 512);
  t.equal(disk.bytesRead(), 2048);
  t.equal(cache.window(5 * LINE + 9000, 8).length, 5 * 2048 - 9000);
  t.equal(disk.bytesRead(), 2 * 2048);
  cache.window(5 * LINE + 9000, 2000);
  t.equal(disk.bytesRead(), 2 * 2048, 'what is at hand will do');
  cache.window(5 * LINE + 5 * 2048, 8);
  t.equal(disk.bytesRead(), 3 * 2048);
  t.equal(cache.window(5 * LINE + 9000, 8).length, 6 * 2048 - 9000, 'two parts became one');
  cache.window(5 * LINE + 30_000, 8);
  t.equal(disk.bytesRead(), 4 * 2048, 'no large gap is read');
  cache.window(5 * LINE + 26_000, 8);
  t.equal(disk.bytesRead(), 6 * 2048, 'a small one is');
  for (let i = 0; i < 2; i++) cache.window(6 * LINE + i * 10_000, 8);
  t.equal(disk.bytesRead(), 8 * 2048);
  cache.window(7 * LINE, 8);
  t.equal(disk.bytesRead(), 8 * 2048 + LINE, 'then whole lines');
});

t.test('what is expected is read once, and not waited for', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE * 8), LINE);
  cache.expect(0, 512);
  t.equal(disk.calls(), 0);
  cache.expect(5 * LINE, 512);
  cache.window(28, 512);
  t.equal(disk.bytesRead(), 2048, 'one read is begun at a time');
  cache.expect(9000, 512);
  t.equal(cache.window(9000, 8).length, 5 * 2048 - 9000, 'in a line that holds something already');
  t.equal(disk.bytesRead(), 2 * 2048);
  cache.expect(cache.size, 1);
  cache.expect(-1, 1);
  cache.expect(9000, 8);
  t.same(cache.window(9000, 1).subarray(0, 1), CONTENT.subarray(9000, 9001));
  t.equal(disk.calls(), 2, 'nothing is read of what is not there, or at hand');
});

t.test('what is expected in two lines is waited for once', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE * 8), LINE);
  cache.expect(3 * LINE - 100, 4000);
  t.equal(cache.window(3 * LINE - 100, 4000).length, 100);
  t.ok(cache.window(3 * LINE, 3900).length >= 3900);
  t.equal(disk.calls(), 1, 'both were begun at once');
});

t.test('two pieces of one line are waited for together', async (t) => {
  for (const [first, second] of [
    [4096, 40_000],
    [40_000, 4096],
    [4096, 6144],
    [6144, 4096],
  ] as const) {
    const disk = new SlowDevice(CONTENT);
    const cache = new LineCache(disk, new Uint8Array(LINE * 8), LINE);
    cache.expect(first, 512);
    cache.expect(second, 2048);
    cache.expect(second, 512);
    t.equal(
      disk.bytesRead,
      2048 * (second % 2048 === 0 ? 2 : 3),
      'what is coming is not asked for again',
    );
    for (const place of [first, second]) {
      t.same(cache.window(place, 512).subarray(0, 512), CONTENT.subarray(place, place + 512));
    }
    t.equal(disk.waits, 1);
    if (Math.abs(first - second) === 2048) {
      t.same(cache.window(4096, 4096), CONTENT.subarray(4096, 8192), 'neighbours are joined');
    }
  }
});

t.test('an expected read that fails is made again by who wants it', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE), LINE);
  cache.expect(0, 512);
  disk.fail(true);
  t.throws(() => cache.window(0, 512), { message: 'the disk is gone' });
  disk.fail(false);
  cache.expect(0, 512);
  disk.fail(true);
  t.throws(() => cache.window(LINE, 512), { message: 'the disk is gone' });
  disk.fail(false);
  t.same(cache.window(0, 2048), CONTENT.subarray(0, 2048));
});

t.test('reads that follow one another are read ahead, others are not', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE * 32), LINE);
  for (let i = 0; i < 8; i++) cache.window((39 - i) * LINE, 8);
  const small = disk.bytesRead();
  for (let at = 0; at < 20 * LINE; at += cache.window(at, 1).length);
  t.ok(disk.calls() <= 8 + 5, 'batches');
  const sequential = disk.bytesRead() - small;
  t.ok(sequential >= 20 * LINE && sequential <= 34 * LINE, `${sequential / LINE} lines`);

  const scattered = device();
  const random = new LineCache(scattered, new Uint8Array(LINE * 32), LINE);
  for (const line of [3, 30, 9, 21, 6, 15, 27, 12, 18, 24, 36, 39]) random.window(line * LINE, 8);
  t.ok(scattered.bytesRead() <= 8 * 2048 + 4 * LINE);
});

/** How many lines each of these misses reads, in a cache of so many lines; none follows another. */
function linesRead(lines: number, misses: readonly number[]): number[] {
  const disk = { ...device(), linesAtOnce: 4 };
  const cache = new LineCache(disk, new Uint8Array(LINE * lines), LINE);
  // Small reads come first.
  for (let i = 0; i < 8; i++) cache.window(39 * LINE + i * 8192, 8);
  return misses.map((line) => {
    const before = disk.bytesRead();
    cache.window(line * LINE, 8);
    return (disk.bytesRead() - before) / LINE;
  });
}

t.test('a cache with room for much of a device is filled in large steps', async (t) => {
  const first = Array.from({ length: 15 }, (_, i) => 2 * i + 1);
  const one = first.map(() => 1);
  t.same(linesRead(41, [...first, 31, 36]), [...one, 4, 3], 'once some lines were read');
  t.same(linesRead(41, [...first, 26, 33]), [...one, 1, 4], 'none that is at hand');
  t.same(linesRead(22, [...first, 31, 36]), [...one, 4, 1], 'none is thrown out for it');
  t.same(
    linesRead(20, [...first, 31, 36]),
    [...one, 1, 1],
    'not of a device that is larger than two caches',
  );
});

t.test('what is wanted next is read in one batch, and no more of it than that', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE * 32), LINE);
  const places = Float64Array.of(0, 9000, 5 * LINE - 100, 30 * LINE + 700, 7 * LINE);
  t.equal(cache.prefetch(extentsOf(places, 1000)), places.length);
  t.equal(disk.calls(), 0, 'nobody waits');
  for (const place of places) {
    t.ok(CONTENT.subarray(place, place + 1000).equals(readExact(cache, place, 1000)));
  }
  t.equal(disk.calls(), 1);
  t.equal(disk.bytesRead(), 20 * 512 + 512 + 1024 + 1536 + 1024);
  t.equal(cache.prefetch(extentsOf(places, 1000)), places.length);
  t.equal(cache.window(0, 1000).length, 20 * 512);
  t.equal(disk.calls(), 1, 'all is at hand');

  const every = Float64Array.from({ length: 80 }, (_, i) => (i >> 1) * LINE + 20_000 * (i & 1));
  const count = cache.prefetch(extentsOf(every, 8));
  t.ok(count >= 20 && count <= 40, 'the device has a bound');
  t.equal(count % 2, 0, 'no line is cut in two');
  disk.fail(true);
  t.throws(() => cache.window(LINE, 8), /gone/);
  t.equal(cache.prefetch(extentsOf(every.subarray(78), 8)), 2);
  disk.fail(false);
  for (const place of every) {
    t.ok(CONTENT.subarray(place, place + 8).equals(readExact(cache, place, 8)));
  }
});

t.test('a failed read leaves the cache as good as new', async (t) => {
  const disk = device();
  const cache = new LineCache(disk, new Uint8Array(LINE * 2), LINE);
  cache.window(0, 8);
  disk.fail(true);
  for (let i = 0; i < 20; i++) t.throws(() => cache.window(i * LINE + 20_000, 8), /gone/);
  disk.fail(false);
  for (let i = 0; i < 20; i++) {
    const view = cache.window(i * LINE + 20_000, 8);
    t.ok(
      CONTENT.subarray(i * LINE + 20_000)
        .subarray(0, view.length)
        .equals(view),
    );
  }
  t.equal(cache.window(CONTENT.length, 1).length, 0);
  t.equal(cache.window(-1, 1).length, 0);
});
