import t from 'tap';
import type { TaskAnswer, WorkerInput } from '../../../../image-tools/pack/tasks.ts';
import { WorkerPool } from '../../../../image-tools/pack/worker-pool.ts';
import type { ObjectList } from '../../../../image-tools/source/objects.ts';

type Answer = (answer: TaskAnswer) => void;

t.test('no thread to be had: all tasks fail with that, whenever it is', async (t) => {
  const module = process.getBuiltinModule('node:worker_threads') as { Worker: unknown };
  const { Worker } = module;
  let started = 0;
  // As a system does that has one thread to give, and then none.
  module.Worker = class {
    #answer: Answer = () => {};
    constructor() {
      started += 1;
      if (started > 1) throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
    on(event: string, listener: Answer) {
      if (event === 'message') this.#answer = listener;
    }
    postMessage() {
      setImmediate(() => this.#answer({ ok: true, output: new Uint32Array(1) }));
    }
    async terminate() {}
  };
  t.teardown(() => {
    module.Worker = Worker;
  });
  const refused = { code: 'IO', message: 'cannot start a thread: EAGAIN' };
  const pool = new WorkerPool(3, {} as ObjectList, {} as WorkerInput);
  const rows = new Uint32Array(0);
  t.equal((await pool.run('sketch', { rows })).length, 1);
  const tasks = Array.from({ length: 5 }, () => pool.run('sketch', { rows }));
  const ends = await Promise.allSettled(tasks);
  for (const end of ends) t.match(end, { status: 'rejected', reason: refused });
  await t.rejects(pool.run('sketch', { rows }), refused);
  await pool.close();
});
