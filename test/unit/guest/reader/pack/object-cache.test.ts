import fc from 'fast-check';
import t from 'tap';
import { FormatError, OBJECT_BLOB, OBJECT_MARGIN, OBJECT_TREE } from '#format';
import { type CacheMemory, ObjectCache } from '../../../../../guest/reader/pack/object-cache.ts';

/** Larger than what the cache takes at first, so that it grows on the way. */
const BUDGET = 640_000;
/** The part of it for objects that take long to make. */
const FAR = 600_000;

/** Memory whose old views are of no use when it has grown, as WebAssembly's are. */
function newMemory(): CacheMemory {
  let memory = new Uint8Array(1000);
  return {
    start: 1000,
    get memory() {
      return memory;
    },
    grow(size) {
      const former = memory;
      memory = new Uint8Array(size);
      memory.set(former);
      former.fill(0);
    },
  };
}

const contentOf = (packOffset: number, size: number) =>
  Buffer.alloc(size, `object at ${packOffset}, ${size} bytes. `);

/** A cache, and what it has of an object. */
function newCache(budget: number) {
  const memory = newMemory();
  const cache = new ObjectCache(budget, memory);
  const get = (packOffset: number): Buffer | undefined => {
    const object = cache.find(packOffset);
    return object && Buffer.from(memory.memory.subarray(object.start, object.end));
  };
  const fill = (address: number, content: Uint8Array) => memory.memory.set(content, address);
  return { cache, get, fill, memory };
}

t.test('gives what was put in, or nothing', async (t) => {
  const use = fc.record({
    packOffset: fc.nat(60),
    size: fc.oneof(fc.nat(300), fc.nat(20_000), fc.nat(500_000)),
    verb: fc.constantFrom('get', 'get', 'add', 'fill', 'abandon'),
  });
  let hits = 0;
  const property = fc.property(fc.array(use, { minLength: 100, maxLength: 300 }), (uses) => {
    const { cache, get, fill } = newCache(BUDGET);
    const sizes = new Map<number, number>();
    for (const { packOffset, size, verb } of uses) {
      const known = sizes.get(packOffset) ?? size;
      const found = get(packOffset);
      if (found !== undefined) {
        hits += 1;
        if (!contentOf(packOffset, known).equals(found)) return false;
        continue;
      }
      sizes.set(packOffset, size);
      const content = contentOf(packOffset, size);
      if (verb === 'add') cache.add(packOffset, OBJECT_BLOB, content);
      if (verb === 'fill' || verb === 'abandon') {
        const steps = size % 20;
        const address = cache.reserve(size, steps);
        if (address !== undefined) fill(address, content);
        if (address !== undefined && verb === 'fill') {
          cache.commit(packOffset, OBJECT_TREE, size, steps);
        }
      }
      if (verb === 'add' && cache.has(packOffset) !== size <= FAR * 0.875 - OBJECT_MARGIN)
        return false;
    }
    return true;
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
  t.ok(hits > 1000, `${hits} hits`);
});

t.test('keeps what is used, and evicts what was not used for longest', async (t) => {
  const { cache, get } = newCache(BUDGET);
  const size = FAR / 20 - OBJECT_MARGIN;
  for (let i = 0; i < 20; i++) cache.add(i, OBJECT_BLOB, contentOf(i, size));
  t.ok(cache.has(0) && cache.has(19), 'all fit');
  for (let i = 20; i < 100; i++) {
    t.ok(cache.find(3), 'used between');
    cache.add(i, OBJECT_BLOB, contentOf(i, size));
  }
  t.notOk(cache.has(4));
  t.ok(contentOf(3, size).equals(get(3) ?? Buffer.alloc(0)));
});

t.test('what the caller still needs moves, and stays', async (t) => {
  const { cache, get } = newCache(BUDGET);
  for (let i = 0; i < 4; i++) cache.add(i, OBJECT_BLOB, contentOf(i, 140_000));
  const base = cache.find(1);
  const at = base?.start;
  t.ok(cache.reserve(270_000, 0, base), 'the ring comes round to it');
  t.strictSame(
    [0, 1, 2, 3].map((i) => cache.has(i)),
    [false, true, false, true],
  );
  t.not(base?.start, at);
  t.ok(contentOf(1, 140_000).equals(get(1) ?? Buffer.alloc(0)));
  t.equal(cache.reserve(500_000, 0, base), undefined, 'too big to lie beside it');
  t.ok(cache.has(1));
  t.ok(cache.reserve(500_000, 0));
});

t.test('large objects do not drive out small ones, nor small ones large', async (t) => {
  const { cache, get } = newCache(8 << 20);
  for (let i = 0; i < 400; i++) cache.add(i, OBJECT_BLOB, contentOf(i, 4096));
  for (let i = 0; i < 200; i++) cache.add(1000 + i, OBJECT_BLOB, contentOf(1000 + i, 100_000));
  for (let i = 0; i < 400; i++) t.ok(contentOf(i, 4096).equals(get(i) ?? Buffer.alloc(0)), `${i}`);
  for (let i = 0; i < 4000; i++) cache.add(2000 + i, OBJECT_BLOB, contentOf(2000 + i, 4000));
  t.ok(contentOf(1199, 100_000).equals(get(1199) ?? Buffer.alloc(0)));
  t.equal(cache.reserve(7 << 20, 0), undefined, 'larger than what large ones have');
  t.ok(cache.reserve(5 << 20, 0));
});

t.test('with too little memory for all of it, what there was goes on', async (t) => {
  const { cache, memory } = newCache(8 << 20);
  memory.grow = () => {
    throw new FormatError('LIMIT', 'no memory');
  };
  for (let i = 0; i < 400; i++) cache.add(i, OBJECT_BLOB, contentOf(i, 10_000));
  t.ok(cache.has(399));
  t.notOk(cache.has(0));
});

t.test('a cache of nothing', async (t) => {
  const { cache, get } = newCache(0);
  t.equal(cache.reserve(0, 0), undefined);
  cache.add(1, OBJECT_BLOB, contentOf(1, 1));
  t.equal(get(1), undefined);
});
