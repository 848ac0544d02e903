// A short run of the fuzzer (make fuzz), always the same: what it found once stays found.
import t from 'tap';
import { createTargets, runOnce, seedOf } from '../fuzz/fuzz.ts';

const SEED = 7;
/** Executions of each target: about a second for those that are slow. */
const EXECUTIONS: Record<string, number> = {
  image: 300,
  reading: 100,
  'bit-flip': 300,
  inflate: 300,
  path: 400,
  'path-index': 200,
  rings: 500,
  'disk-headers': 500,
  'git-answers': 500,
  'nbd-answers': 200,
  'http-answers': 300,
};

for (const target of createTargets(t.testdir())) {
  const executions = EXECUTIONS[target.name] ?? 2000;
  t.test(`${target.name}: ${executions} executions`, async (t) => {
    for (let execution = 0; execution < executions; execution++) {
      const finding = await runOnce(target, seedOf(SEED, execution));
      if (finding !== undefined) {
        const { seed, error } = finding;
        t.fail(`node scripts/fuzz.ts --target=${target.name} --reproduce=${seed}`, { error });
      }
    }
  });
}
