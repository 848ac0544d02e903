import fc from 'fast-check';
import t from 'tap';
import { Line, LineTable } from '../../../../../guest/reader/cache/line-table.ts';

t.test('holds lines in the order of their use, as a Map would', async (t) => {
  const use = fc.record({
    number: fc.oneof(
      fc.nat(12),
      fc.nat(40).map((n) => n * 8),
    ),
    verb: fc.constantFrom('add', 'touch', 'remove', 'oldest'),
  });
  const property = fc.property(fc.array(use, { minLength: 50, maxLength: 300 }), (uses) => {
    const table = new LineTable(8);
    const map = new Map<number, Line>();
    for (const { number, verb } of uses) {
      const known = map.get(number);
      if (table.get(number) !== known) return false;
      if (verb === 'add' && known === undefined) {
        const line = new Line(new Uint8Array(0));
        line.number = number;
        table.add(line);
        map.set(number, line);
      }
      if (verb === 'touch' && known !== undefined) {
        table.touch(known);
        map.delete(number);
        map.set(number, known);
      }
      if (verb === 'remove' && known !== undefined) {
        table.remove(known);
        map.delete(number);
      }
      if (table.oldest !== map.values().next().value || table.size !== map.size) return false;
    }
    while (table.oldest !== undefined) table.remove(table.oldest);
    return table.size === 0;
  });
  fc.assert(property);
  t.pass();
});
