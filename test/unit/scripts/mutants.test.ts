import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadMutants, type Mutant, mutate } from '../../fixtures/mutant.ts';

const root = join(import.meta.dirname, '../../..');
const mutants = await loadMutants();

t.test('every mutant still applies, and its tests are there', async (t) => {
  for (const mutant of mutants) {
    const text = readFileSync(join(root, mutant.file), 'utf8');
    t.doesNotThrow(() => mutate(mutant, text), mutant.name);
    t.ok(mutant.tests.length > 0, `${mutant.name}: has tests`);
    for (const test of mutant.tests) {
      t.match(test, /^test\/.*\.test\.ts$/, `${mutant.name}: ${test}`);
      t.ok(existsSync(join(root, test)), `${mutant.name}: ${test} is there`);
    }
  }
});

t.test('names of mutants are unique', async (t) => {
  const names = mutants.map(({ name }) => name);
  t.strictSame(names, [...new Set(names)]);
});

t.test('a place that is not the only one, or that is gone, is an error', async (t) => {
  const mutant: Mutant = { name: 'n', file: 'f', find: 'a', replace: 'b', tests: [] };
  t.equal(mutate(mutant, 'xay'), 'xby');
  t.throws(() => mutate(mutant, 'xaya'), {
    message: "mutant 'n': 2 places in f where one is wanted",
  });
  t.throws(() => mutate(mutant, 'x'), { message: "mutant 'n': 0 places in f where one is wanted" });
  t.throws(() => mutate({ ...mutant, find: '' }, 'x'), { message: /no places/ });
  t.throws(() => mutate({ ...mutant, replace: 'a' }, 'xay'), {
    message: "mutant 'n' changes nothing",
  });
});
