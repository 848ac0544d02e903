import { deflateSync } from 'node:zlib';
import t from 'tap';
import {
  type ByteSource,
  createInflater,
  type EntryHeader,
  isDelta,
  memorySource,
  OBJECT_BLOB,
  OBJECT_TREE,
} from '#format';
import { Approach } from '../../../../../guest/reader/pack/approach.ts';

const KIB = 1024;
const SIZE = 8 << 20;
const OFS_DELTA = 6;

/** A source that keeps what it was told, by pairs. */
function slowSource(bytes = new Uint8Array(SIZE)) {
  const told: number[][] = [];
  const source: ByteSource = {
    ...memorySource(bytes),
    size: bytes.length,
    prefetch: (extents) => {
      told.push([...extents]);
      return extents.length / 2;
    },
  };
  return { source, told };
}

const whole = (
  at: number,
  size: number,
  type: typeof OBJECT_BLOB | typeof OBJECT_TREE = OBJECT_BLOB,
) => ({ type, size, dataOffset: at, basePackOffset: undefined, baseOid: undefined }) as EntryHeader;

const delta = (at: number, size: number, base: number) =>
  ({ ...whole(at, size), type: OFS_DELTA, basePackOffset: base }) as EntryHeader;

t.test('an object, then its far base, each told once', async (t) => {
  const { source, told } = slowSource();
  const approach = new Approach(source, createInflater());
  t.notOk(approach.isUnderWay);
  approach.begin(5 << 20);
  t.strictSame(told.pop(), [(5 << 20) - 64 * KIB, (5 << 20) + 16 * KIB]);
  approach.begin(5 << 20);
  approach.goOn((5 << 20) - 10, []);
  approach.finish([whole(5 << 20, 100)]);
  t.equal(told.length, 0, 'what is near is there');
  approach.goOn(4 << 20, []);
  t.strictSame(told.pop(), [(4 << 20) - 128 * KIB, (4 << 20) + 24 * KIB]);
  approach.begin(3 << 20);
  t.ok(approach.isUnderWay);
  approach.begin(2 << 20);
  t.notOk(approach.isUnderWay);
  t.equal(told.length, 2);
  approach.begin(1 << 20);
  approach.goOn(10, []);
  approach.finish([whole((2 << 20) + 100, 1 << 20)]);
  t.equal(told.length, 2, 'four are enough: then, caches have something');
});

t.test('what a window cuts off comes with the next one', async (t) => {
  const { source, told } = slowSource();
  const approach = new Approach(source, createInflater());
  approach.begin(5 << 20);
  told.pop();
  const end = (5 << 20) + 16 * KIB;
  approach.finish([whole(5 << 20, 100 * KIB)]);
  t.strictSame(told.pop(), [end, (5 << 20) + 33 * KIB]);
  approach.finish([whole(5 << 20, 100 * KIB)]);
  t.equal(told.length, 0, 'once');
  const large = delta(5 << 20, 2 ** 50, 4 << 20);
  approach.goOn(4 << 20, [large]);
  t.strictSame(
    told.pop(),
    [(4 << 20) - 128 * KIB, (4 << 20) + 24 * KIB, (5 << 20) + 33 * KIB, (5 << 20) + 256 * KIB],
    'within a bound, whatever a size says, and although the delta is none',
  );
});

t.test('how long a base is, its delta knows', async (t) => {
  const bytes = new Uint8Array(SIZE);
  // Of a base of 2 ** 18 bytes.
  bytes.set(deflateSync(Uint8Array.of(0x80, 0x80, 0x10, 1, 0x90, 1)), 5 << 20);
  const { source, told } = slowSource(bytes);
  const approach = new Approach(source, createInflater());
  approach.begin(5 << 20);
  approach.goOn(4 << 20, [delta(5 << 20, 6, 4 << 20)]);
  t.strictSame(told[1], [(4 << 20) - 128 * KIB, (4 << 20) + Math.ceil(2 ** 18 * 0.33)]);
});

t.test('several small objects, their bases, and what is cut off of either', async (t) => {
  const entries = new Map([
    [1 << 20, whole(1 << 20, 30 * KIB, OBJECT_TREE)],
    [5 << 20, delta(5 << 20, 20, 3 << 20)],
    [3 << 20, delta(3 << 20, 20, (3 << 20) - 100)],
    [(3 << 20) - 100, whole((3 << 20) - 100, 100)],
  ]);
  const { source, told } = slowSource();
  const approach = new Approach(source, createInflater());
  const atHand = 7 << 20;
  approach.together([5 << 20, atHand, 1 << 20], {
    isAtHand: (at) => at === atHand,
    readHeader: (at) => entries.get(at) as EntryHeader,
    baseOf: (header) => (isDelta(header) ? (header.basePackOffset as number) : 0),
  });
  t.strictSame(told, [
    [(1 << 20) - 16 * KIB, (1 << 20) + 8 * KIB, (5 << 20) - 16 * KIB, (5 << 20) + 8 * KIB],
    [(3 << 20) - 64 * KIB, (3 << 20) + 16 * KIB, (1 << 20) + 8 * KIB, (1 << 20) + 19.5 * KIB],
  ]);
  approach.begin(5 << 20);
  t.equal(told.length, 2, 'it has been told');
});

t.test('a source that cannot be told is told nothing', async (t) => {
  const approach = new Approach(memorySource(new Uint8Array(SIZE)), createInflater());
  approach.begin(5 << 20);
  t.notOk(approach.isUnderWay);
});

/** Looks at entries that are deltas, whatever their place; gives how many were looked at. */
function looksAt(packOffsets: number[], baseOf: (at: number) => number): number {
  let looks = 0;
  new Approach(slowSource().source, createInflater()).together(packOffsets, {
    isAtHand: () => false,
    readHeader(at) {
      if (looks++ > 100_000) throw new Error('without end');
      return delta(at, 20, baseOf(at));
    },
    baseOf: (header) => header.basePackOffset as number,
  });
  return looks;
}

t.test('bases that go round, as ids can, or on and on', async (t) => {
  t.equal(
    looksAt([1000], (at) => at),
    1,
  );
  t.equal(
    looksAt([1000, 2000], (at) => 3000 - at),
    2,
  );
  t.equal(
    looksAt([SIZE - 1], (at) => at - 1),
    4096,
  );
});
