import fc from 'fast-check';
import t from 'tap';
import { Block, BlockCache } from '../../../../../image-tools/format/path-index/block-cache.ts';

const UNIT = 4096;

t.test('never keeps more than its bytes', async (t) => {
  const use = fc.record({ unit: fc.nat(40), units: fc.integer({ min: 1, max: 4 }) });
  const property = fc.property(fc.array(use, { maxLength: 200 }), (uses) => {
    const cache = new BlockCache(16 * UNIT);
    for (const { unit, units } of uses) {
      if (units % 2 === 0) cache.find(unit);
      cache.add(new Block(new Uint8Array(units * UNIT), unit));
      let bytes = 0;
      for (let at = 0; at <= 40; at++) bytes += cache.find(at)?.bytes.length ?? 0;
      if (!cache.has(unit) || bytes > 16 * UNIT) return false;
    }
    return true;
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test('a block that is used stays', async (t) => {
  const cache = new BlockCache(4 * UNIT);
  const first = new Block(new Uint8Array(UNIT), 0);
  cache.add(first);
  for (let unit = 1; unit < 20; unit++) {
    t.equal(cache.find(0), first);
    cache.add(new Block(new Uint8Array(UNIT), unit));
  }
  t.notOk(cache.has(15));
  t.ok(cache.has(19));
});
