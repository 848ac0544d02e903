import t from 'tap';
import { NodeNumbers, type PlacedNode } from '../../../../../guest/reader/layouts/node-numbers.ts';

interface TestNode extends PlacedNode<TestNode> {}

const root: TestNode = { parent: undefined, place: 0, row: 0 };
const below = (parent: TestNode, place: number): TestNode => ({ parent, place, row: 0 });
/** The places from the root to a node. */
const wayTo = (node: TestNode | undefined): number[] =>
  node?.parent === undefined ? [] : [...wayTo(node.parent), node.place];

t.test('many nodes, each found again by its number', async (t) => {
  const numbers = new NodeNumbers<TestNode>();
  const seen = new Set<number>([1]);
  t.equal(numbers.numberOf(root), 1);
  t.equal(numbers.nodeOf(1, root, below), root);
  for (let folder = 0; folder < 300; folder++) {
    for (let place = 0; place < 20; place++) {
      const ways = [folder * 31, place * 65_536];
      const node = below(below(root, ways[0] as number), ways[1] as number);
      const number = numbers.numberOf(node);
      if (seen.has(number)) t.fail(`${number} twice`);
      seen.add(number);
      const again = below(below(root, ways[0] as number), ways[1] as number);
      if (numbers.numberOf(again) !== number) t.fail(`another number than ${number}`);
    }
  }
  t.equal(seen.size, 1 + 300 * 20);
  for (const number of seen) {
    const node = numbers.nodeOf(number, root, below);
    const again = node && numbers.numberOf(below(node.parent ?? root, node.place));
    if (node !== root && again !== number) t.fail(`${number} is ${wayTo(node)}`);
  }
  for (const number of [0, -1, 0.5, 2 ** 40, Number.NaN, seen.size + 400]) {
    t.equal(numbers.nodeOf(number, root, below), undefined, `${number}`);
  }
});

t.test('numbers from another first one, and no more than are allowed', async (t) => {
  const numbers = new NodeNumbers<TestNode>(2 ** 52, 4);
  for (let place = 0; place < 3; place++) {
    t.equal(numbers.numberOf(below(root, place)), 2 ** 52 + place);
  }
  t.equal(numbers.numberOf(below(root, 1)), 2 ** 52 + 1);
  t.throws(() => numbers.numberOf(below(root, 3)), { code: 'LIMIT' });
  t.equal(numbers.nodeOf(2, root, below), undefined);
});
