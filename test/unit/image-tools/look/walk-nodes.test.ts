// Walks of images that have no end.
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../../../guest/reader/index.ts';
import { PathBudget } from '../../../../image-tools/look/path-budget.ts';
import { walkNodes } from '../../../../image-tools/look/walk-nodes.ts';
import { manyPaths } from '../../../fixtures/bombs.ts';
import { Forge } from '../../../fixtures/forge.ts';
import { commitText, treeEntry } from '../../../fixtures/forge-bytes.ts';

function count(image: Uint8Array, most: number, budget?: PathBudget): number {
  const { nodes } = mount(memorySource(image));
  const start = { path: new Uint8Array(0), node: nodes.root };
  let paths = 0;
  for (const _ of walkNodes(nodes, start, { budget })) if (++paths >= most) break;
  return paths;
}

t.test('10^10 paths out of ten trees', async (t) => {
  const image = manyPaths(10);
  t.throws(() => count(image, 2_000_000, new PathBudget()), {
    code: 'LIMIT',
    message: /paths, out of a few folders/,
  });
  t.equal(count(image, 500_000), 500_000, 'whoever only prints them may go on');
  t.equal(count(manyPaths(4), 500_000, new PathBudget()), 11_110, 'copies are fine');
});

t.test('folders nested 3000 deep', async (t) => {
  const forge = new Forge();
  let tree = forge.add('tree', treeEntry('100644', 'f', forge.add('blob', Buffer.from('x'))));
  for (let i = 0; i < 3000; i++) tree = forge.add('tree', treeEntry('40000', 'd', tree));
  forge.add('commit', commitText(tree));
  t.throws(() => count(forge.build(), 10_000), { code: 'LIMIT', message: /nested more than 2048/ });
});
