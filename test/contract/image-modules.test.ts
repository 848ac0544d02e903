// Modules in an image beside the same ones in a folder, loaded by Node itself. In a process of its own: tap
// has hooks in this one, which change what Node finds.
import { spawnSync } from 'node:child_process';
import t from 'tap';

t.test('as Node finds them', async (t) => {
  const program = new URL('../fixtures/modules-beside-node.ts', import.meta.url).pathname;
  const node = [process.execPath, '--conditions=docteur:source', program];
  const words = ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', ...node];
  const { status, stdout } = spawnSync('sh', words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const at = stdout.search(/^ *not ok/m);
  t.equal(status, 0, at < 0 ? stdout.slice(-2000) : stdout.slice(at, at + 4000));
  t.match(stdout, /^1\.\.3$/m);
});
