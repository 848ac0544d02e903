import fc from 'fast-check';
import t from 'tap';
import { Links } from '../../../../image-tools/pack/links.ts';

t.test('what lies between two joins them, the first stays the root', async (t) => {
  const links = new Links(5);
  links.add(1, 0, 5);
  links.add(3, 2, 6);
  links.add(4, 3, 7);
  // Shares with both trees.
  links.add(3, 1, 4);
  t.strictSame([...links.span()], [-1, 0, 3, 1, 3]);
});

t.test('of all links, those that share most', async (t) => {
  const links = new Links(3);
  links.add(1, 0, 2);
  links.add(2, 0, 3);
  links.add(2, 1, 9);
  t.strictSame([...links.span()], [-1, 2, 0]);
});

t.test('of many links of a rank, the last of the strongest are known', async (t) => {
  const links = new Links(8);
  for (let other = 0; other < 7; other += 1) links.add(7, other, other === 0 ? 9 : 3);
  t.strictSame([...links.span()], [-1, -1, -1, -1, 7, 7, 7, 0]);
});

t.test('trees without circles, whose roots come first', async (t) => {
  const link = fc.record({
    rank: fc.integer({ min: 1, max: 40 }),
    below: fc.nat(1000),
    shared: fc.integer({ min: 1, max: 16 }),
  });
  const property = fc.property(fc.array(link, { maxLength: 200 }), (all) => {
    const links = new Links(41);
    for (const { rank, below, shared } of all) links.add(rank, below % rank, shared);
    const parents = links.span();
    return parents.every((_, rank) => {
      let at = rank;
      let steps = 0;
      for (; parents[at] !== -1 && steps <= 41; steps += 1) at = parents[at] as number;
      return steps <= 41 && at <= rank;
    });
  });
  t.doesNotThrow(() => fc.assert(property));
});
