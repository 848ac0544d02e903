import { mock } from 'node:test';
import t from 'tap';
import { createRestarts } from '../../../../../tender/exports/confined/restarts.ts';

t.test('ever more rarely where it fails; the same reason is told once', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let starts = 0;
  let failure: string | undefined = 'away';
  const told: string[] = [];
  const restarts = createRestarts(
    () => {
      starts += 1;
      if (failure !== undefined) throw new Error(failure);
    },
    (message) => told.push(message),
  );
  restarts.now();
  t.equal(starts, 1);
  for (const pause of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const before = starts;
    mock.timers.tick(pause - 1);
    t.equal(starts, before);
    mock.timers.tick(1);
    t.equal(starts, before + 1, `after ${pause} ms`);
  }
  t.same(told, ['away']);
  failure = 'changed';
  restarts.hurry();
  t.same(told, ['away', 'changed']);
  failure = undefined;
  const before = starts;
  restarts.hurry();
  t.equal(starts, before + 1, 'at once');
  restarts.hurry();
  t.equal(starts, before + 1, 'there is one: nothing is due');
  restarts.after(500);
  t.equal(starts, before + 1);
  restarts.stop();
  mock.timers.tick(100_000);
  t.equal(starts, before + 1);
  mock.timers.reset();
});
