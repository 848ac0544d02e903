// The two sides of a bell, in every order in which their steps can fall between each other.
import { join } from 'node:path';
import t from 'tap';
import { exploreInterleavings } from '../../../fixtures/interleave/explore.ts';

const script = join(import.meta.dirname, '../../../fixtures/interleave/bell-actors.ts');

/** One actor, another, and how many states they have together at least. */
const PAIRS: [string, string, number][] = [
  ['guest of one', 'tender of one', 500],
  ['batching guest', 'tender of two, later', 15_000],
  ['sleeper', 'interrupter', 30],
];
if (process.env.DOCTEUR_LONG === '1') {
  PAIRS.push(['guest of two', 'tender of two', 40_000]);
  PAIRS.push(['guest of two', 'tender of two, later', 40_000]);
}

for (const [one, other, least] of PAIRS) {
  t.test(`${one}, ${other}: nobody sleeps through news`, async (t) => {
    const { runs, states, sleeps, stuck } = await exploreInterleavings(script, [one, other]);
    t.same(stuck, undefined, 'every run comes to its end');
    t.ok(states >= least, `${states} states`);
    t.ok(sleeps > 0, `${sleeps} sleeps in ${runs} runs`);
  });
}
