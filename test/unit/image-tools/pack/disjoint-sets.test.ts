import fc from 'fast-check';
import t from 'tap';
import { DisjointSets } from '../../../../image-tools/pack/disjoint-sets.ts';

t.test('sets are what was united, and the least stands for each', async (t) => {
  const pair = fc.tuple(fc.nat(30), fc.nat(30));
  const property = fc.property(fc.array(pair, { maxLength: 60 }), (pairs) => {
    const sets = new DisjointSets(31);
    const least = Array.from({ length: 31 }, (_, number) => number);
    for (const [a, b] of pairs) {
      const [low, high] = [least[a] as number, least[b] as number].sort((x, y) => x - y);
      if (sets.unite(a, b) !== (low !== high)) return false;
      for (const [number, of] of least.entries()) if (of === high) least[number] = low as number;
    }
    return least.every((of, number) => sets.leastOf(number) === of);
  });
  t.doesNotThrow(() => fc.assert(property));
});
