import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

/** Takes all descriptors but `free`, watches over `path`, takes those too, and cleans up. */
const SCRIPT = `
import { closeSync, openSync, writeSync } from 'node:fs';
import { watchOver } from ${JSON.stringify(join(import.meta.dirname, '../../../../image-tools/files/janitor.ts'))};
const [free, path] = process.argv.slice(1);
const taken = [];
const takeAll = () => {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
};
takeAll();
for (let i = 0; i < Number(free); i += 1) closeSync(taken.pop());
const before = taken.length;
try {
  const janitor = watchOver(path);
  takeAll();
  await janitor.finish();
  writeSync(1, 'cleaned up');
} catch (error) {
  takeAll();
  writeSync(1, error.code + ' ' + (taken.length - before));
}
`;

function cleanUp(free: number, path: string): string {
  const command = 'unset NODE_OPTIONS; ulimit -n 64; exec "$@"';
  const args = ['--conditions=docteur:source', '--input-type=module', '--eval', SCRIPT];
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', command, 'sh', process.execPath, ...args, `${free}`, path],
    { encoding: 'utf8' },
  );
  return stdout || stderr;
}

t.test('what is needed to clean up is kept from the start, or nothing begins', async (t) => {
  for (const free of [0, 1, 2, 3, 4]) {
    t.equal(
      cleanUp(free, join(t.testdirName, 'none')),
      `IO ${free}`,
      'what was taken is given back',
    );
  }
  // With so few left, no shell can be started.
  for (const free of [5, 6, 40]) {
    const path = join(t.testdir(), `${free}`);
    mkdirSync(join(path, 'a/b/c'), { recursive: true });
    writeFileSync(join(path, 'a/b/c/file'), 'content');
    t.equal(cleanUp(free, path), 'cleaned up');
    t.notOk(existsSync(path));
  }
});
