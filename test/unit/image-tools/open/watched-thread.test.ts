// A thread that another one sleeps for, however it ends: no event of it is heard meanwhile.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { DONE, FAILED } from '../../../../image-tools/open/bridge.ts';
import { startWatchedThread } from '../../../../image-tools/open/watched-thread.ts';

const folder = t.testdir({});
let programs = 0;

/** A thread that runs `code`, which has `state`; whether it was done with it. */
function sleepFor(code: string): boolean {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const program = join(folder, `${programs++}.cjs`);
  writeFileSync(
    program,
    `const { workerData: state } = require('node:worker_threads');
    const settle = (result) => { Atomics.store(state, 0, result); Atomics.notify(state, 0); };
    ${code}`,
  );
  const { worker, waitFor } = startWatchedThread(pathToFileURL(program), {
    workerData: state,
    // Without tap's hooks: they need a thread of their own, and memory.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  worker.on('error', () => {});
  return waitFor(state);
}

t.test('it does what it is asked for, or cannot', async (t) => {
  t.equal(sleepFor(`settle(${DONE})`), true);
  t.equal(sleepFor(`settle(${FAILED})`), false);
  t.equal(sleepFor(`setTimeout(() => settle(${DONE}), 500)`), true, 'after more than one look');
  t.equal(sleepFor(`settle(${DONE}); process.exit()`), true, 'and leaves');
});

t.test(
  'it ends without a word',
  { skip: !existsSync('/proc/self/task') && 'no /proc' },
  async (t) => {
    for (const [name, code] of Object.entries({
      'at once': 'process.exit()',
      'by an error': 'throw new Error()',
      'while it works': 'setTimeout(() => process.exit(), 500)',
    })) {
      t.equal(sleepFor(code), false, name);
    }
  },
);

/** A program of its own: where V8 wants memory before Node has ended the thread, it ends the process. */
const HUNGRY = `
  import { startWatchedThread } from '${import.meta.resolve('../../../../image-tools/open/watched-thread.ts')}';
  const code = 'let all; for (;;) all = { all, more: new Array(1000).fill(1) };';
  const { worker, waitFor } = startWatchedThread(new URL('data:text/javascript,' + encodeURIComponent(code)), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  worker.on('error', () => {});
  console.log(waitFor(new Int32Array(new SharedArrayBuffer(8))));`;

t.test(
  'it ends for want of memory',
  { skip: !existsSync('/proc/self/task') && 'no /proc' },
  async (t) => {
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      ['--conditions=docteur:source', '--input-type=module', '--eval', HUNGRY],
      { encoding: 'utf8', timeout: 120_000, env: {} },
    );
    if (signal === 'SIGABRT') t.match(stderr, 'JavaScript heap out of memory');
    else t.strictSame({ stdout, status }, { stdout: 'false\n', status: 0 }, stderr);
  },
);
