import t from 'tap';
import { runOnce } from '../../fuzz/fuzz.ts';
import type { FuzzTarget, Spent } from '../../fuzz/target.ts';

const BUDGET = { seconds: 0.2, memory: 2 ** 26, output: 1000 };
let kept: Buffer | undefined;

const find = (run: FuzzTarget['run']) => runOnce({ name: 'greedy', run }, 1, BUDGET);

t.test('an execution that costs more than its budget is a finding', async (t) => {
  const put = (bytes: number) => (_: unknown, spent: Spent) => {
    spent.output += bytes;
  };
  t.equal(await find(put(1000)), undefined);
  t.match(await find(put(1001)), {
    error: { message: 'beyond the budget: 1001 bytes put out, at most 1000' },
  });
  const spin = () => {
    const start = process.threadCpuUsage();
    while (process.threadCpuUsage(start).user < 250_000);
  };
  t.match(await find(spin), { error: { message: /seconds of the processor, at most 0\.2/ } });
  const grow = () => {
    kept = Buffer.alloc(2 ** 27, 1);
  };
  t.match(await find(grow), { error: { message: /bytes of memory more, at most 67108864/ } });
  t.equal(kept?.length, 2 ** 27);
});
