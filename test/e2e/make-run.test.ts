// The first things that a newcomer types: `make`, `make run`, in a built clone.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

const root = join(import.meta.dirname, '../..');

/** Runs make in a copy of the front door: what is built is this clone's, and nothing is built anew. */
function make(t: Test, ...args: string[]) {
  const folder = t.testdir({ build: { docs: {} }, scripts: {}, 'my docs': { "it's": 'here\n' } });
  mkdirSync(join(folder, 'several'));
  writeFileSync(join(folder, 'several/README.md'), 'one\ntwo\nthree\nfour\n');
  for (const file of ['Makefile', 'scripts/run.sh']) {
    copyFileSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'dist'), join(folder, 'dist'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const options = [
    '-o',
    'dist/.built',
    '-o',
    'build/docs',
    '-o',
    'node_modules/.package-lock.json',
  ];
  const { status, stdout, stderr } = spawnSync('make', [...options, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stdout, stderr };
}

for (const args of [[], ['help']]) {
  t.test(`make ${args.join(' ')}`, async (t) => {
    const { status, stdout } = make(t, ...args);
    t.equal(status, 0);
    t.match(stdout, /^make run .*\nmake test .*\n/);
    t.match(stdout, /start with: make run\n$/);
  });
}

t.test('make run says what it does, and shows three lines', async (t) => {
  const { status, stdout } = make(t, 'run', 'DIR=several');
  t.equal(status, 0);
  t.match(stdout, /== docteur make packs [^\n]*several into disk\.img\n/);
  t.match(stdout, /by the guest\none\ntwo\nthree\n\nIt works\./);
  t.ok(stdout.split('\n').length < 30, 'on one screen');
});

t.test('names with blanks and quotes', async (t) => {
  const list = make(t, 'run', 'DIR=my docs');
  t.match(list, { status: 0, stdout: /listed by the guest\nfile\tit's\n/ });
  t.match(make(t, 'run', 'DIR=my docs', "FILE=it's"), { status: 0, stdout: /the guest\nhere\n/ });
  t.match(make(t, 'run', 'DIR=my docs', 'FILE=absent'), { status: 2, stderr: /absent: not found/ });
});
