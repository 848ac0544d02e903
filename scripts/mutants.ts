// Takes away one check at a time, in private copies of the tree, and expects a failing test for each.
// usage: node --conditions=docteur:source scripts/mutants.ts [--name=GLOB] [--jobs=2] [--json] [--list]
//   --name=GLOB  only the mutants whose names match, as in --name='tender: *'
//   --json       what became of each, on stdout; the table goes to stderr
// Exit status: 0 each was killed, or lives with a written reason; 1 one survived, or a test fails without
// any; 64 bad usage.
import { availableParallelism } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { parseArgs } from 'node:util';
import { loadMutants } from '../test/fixtures/mutant.ts';
import { type Verdict, Workshop } from './mutants/workshop.ts';
import { parseNumberOption } from './number-option.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    name: { type: 'string', default: '*' },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const jobs = parseNumberOption('jobs', values.jobs, /^[1-9]$/);
const table = values.json ? process.stderr : process.stdout;
const mutants = (await loadMutants()).filter(({ name }) => matchesGlob(name, values.name));
if (mutants.length === 0) {
  process.stderr.write(`mutants: none has a name like '${values.name}'\n`);
  process.exit(64);
}
if (values.list) {
  for (const { name } of mutants) process.stdout.write(`${name}\n`);
  process.exit(0);
}

const workshops = Array.from({ length: Math.min(jobs, mutants.length) }, () => new Workshop(root));
process.on('exit', () => {
  for (const workshop of workshops) workshop.close();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

/** Hands the items to the workshops, one at a time to each. */
async function share<T>(items: readonly T[], work: (workshop: Workshop, item: T) => Promise<void>) {
  const rest = items[Symbol.iterator]();
  await Promise.all(
    workshops.map(async (workshop) => {
      for (const item of rest) await work(workshop, item);
    }),
  );
}

const secondsOf = new Map<string, number>();
const broken: string[] = [];
await share([...new Set(mutants.flatMap(({ tests }) => tests))], async (workshop, test) => {
  const { end, seconds, output } = await workshop.tryTest(test);
  secondsOf.set(test, seconds);
  if (end === 'passed') return;
  broken.push(test);
  table.write(`FAILS WITHOUT A MUTANT  ${test}\n${output}\n`);
});
if (broken.length > 0) process.exit(1);
table.write(`${secondsOf.size} test files pass without a mutant\n`);

const verdicts: Verdict[] = [];
await share(mutants, async (workshop, mutant) => {
  const verdict = await workshop.tryMutant(mutant, secondsOf);
  verdicts.push(verdict);
  const { outcome, by, seconds } = verdict;
  const label = outcome === 'survived' ? 'SURVIVED' : outcome;
  const reason = outcome === 'accepted' ? mutant.why : (by ?? mutant.file);
  table.write(
    `${label.padEnd(8)} ${seconds.toFixed(1).padStart(5)} s  ${mutant.name}  ${reason}\n`,
  );
});

const count = (wanted: Verdict['outcome']) =>
  verdicts.filter(({ outcome }) => outcome === wanted).length;
const [killed, survived, accepted] = [count('killed'), count('survived'), count('accepted')];
table.write(
  `${verdicts.length} mutants, ${killed} killed, ${survived} survived, ${accepted} accepted with a reason\n`,
);
if (values.json) {
  const rows = verdicts.map(({ mutant: { name, file, why }, outcome, by, seconds }) => {
    return { name, file, outcome, by, why, seconds };
  });
  process.stdout.write(`${JSON.stringify({ killed, survived, accepted, mutants: rows })}\n`);
}
process.exit(survived > 0 ? 1 : 0);
