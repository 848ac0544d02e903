import fc from 'fast-check';
import t from 'tap';
import type { Slot } from '../../../../../guest/reader/pack/ring.ts';
import { SlotTable } from '../../../../../guest/reader/pack/slot-table.ts';

t.test('holds what a Map would', async (t) => {
  const key = fc.oneof(
    fc.nat(40),
    fc.nat(5000),
    fc.nat(2 ** 31).map((n) => n * 2 ** 20),
  );
  const use = fc.record({ key, verb: fc.constantFrom('set', 'set', 'delete') });
  const property = fc.property(fc.array(use, { minLength: 500, maxLength: 3000 }), (uses) => {
    const table = new SlotTable<Slot>();
    const map = new Map<number, Slot>();
    for (const { key, verb } of uses) {
      if (verb === 'delete') {
        table.delete(key);
        map.delete(key);
      } else {
        const slot = { packOffset: key } as Slot;
        table.set(key, slot);
        map.set(key, slot);
      }
    }
    return uses.every(({ key }) => table.get(key) === map.get(key));
  });
  fc.assert(property, { numRuns: 40 });
  t.pass();
});
