// Whatever the limit of descriptors, docteur.make does its work or says so, and leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { git } from '../fixtures/git.ts';

const make = join(import.meta.dirname, '../../dist/bin/docteur.make.js');
/** Below these Node itself does not start. */
const LIMITS = [...Array.from({ length: 16 }, (_, index) => 20 + index), 40, 64];

const folder = t.testdir({ folder: { a: 'hello' }, repository: { a: 'hello' }, temporary: {} });
const temporary = join(folder, 'temporary');
const repository = join(folder, 'repository');
git(repository, 'init', '-q');
git(repository, 'add', 'a');
git(repository, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-q', '-m', 'm');

for (const source of ['folder', 'repository']) {
  t.test(source, async (t) => {
    let made = 0;
    for (const limit of LIMITS) {
      const out = join(folder, `${source}-${limit}`);
      mkdirSync(out);
      writeFileSync(join(out, 'disk.img'), 'old');
      // tap's own hooks, which come by NODE_OPTIONS, need descriptors too.
      const script = `unset NODE_OPTIONS; ulimit -n ${limit}; exec "$@"`;
      const args = [process.execPath, make, '-q', join(folder, source), join(out, 'disk.img')];
      const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, TMPDIR: temporary },
      });
      t.strictSame(readdirSync(out), ['disk.img'], `${limit}: no litter beside the image`);
      t.strictSame(readdirSync(temporary), [], `${limit}: no litter among temporary files`);
      if (status === 0) made += 1;
      else if (stderr.startsWith('docteur.make:')) {
        t.equal(status, 74, stderr);
        t.match(stderr, /^docteur\.make: [^\n]*too many open files[^\n]*\n$/);
      }
    }
    t.ok(made > 0, `made at ${made} limits`);
  });
}
