import fc from 'fast-check';
import t from 'tap';
import { familyOrder } from '../../../../image-tools/pack/family-order.ts';

t.test(
  'what is built on an entry follows it, and the next root comes after all of that',
  async (t) => {
    const bases = [-1, 0, -1, 0, 1, -2, 2, 3];
    t.strictSame([...familyOrder(Int32Array.from(bases))], [0, 1, 4, 3, 7, 2, 6, 5]);
  },
);

t.test('every entry once, behind its base, families undivided', async (t) => {
  const bases = fc.array(fc.nat()).map((numbers) =>
    // One in four is a root; of the others each has an earlier base.
    Int32Array.from(numbers, (number, i) => (i === 0 || number % 4 === 0 ? -1 : number % i)),
  );
  const property = fc.property(bases, (bases) => {
    const order = [...familyOrder(bases)];
    const places = new Map(order.map((entry, place) => [entry, place]));
    if (places.size !== bases.length || order.length !== bases.length) return false;
    const rootOf = (entry: number): number => {
      const base = bases[entry] as number;
      return base < 0 ? entry : rootOf(base);
    };
    const roots = order.map(rootOf).filter((root, i, all) => i === 0 || all[i - 1] !== root);
    return (
      roots.every((root, i) => i === 0 || (roots[i - 1] as number) < root) &&
      order.every((entry, place) => {
        const base = bases[entry] as number;
        return base < 0 || (places.get(base) as number) < place;
      })
    );
  });
  t.doesNotThrow(() => fc.assert(property));
});
