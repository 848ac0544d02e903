// What commands leave on a disk that is too small: what was there, and nothing else.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runTool } from '../fixtures/tools.ts';

const bin = join(import.meta.dirname, '../../dist/bin/docteur.js');
const folder = t.testdir({ disk: {}, source: { a: 'a', below: { b: 'b' } } });
const disk = join(folder, 'disk');
const image = join(folder, 'disk.img');
const small = join(folder, 'small.img');

/** Where a disk of its own may be mounted: in a namespace of mounts that ends with the command. */
const WAYS = [
  ['unshare', '-m'],
  ['unshare', '-rm'],
];
const way = WAYS.find((way) => {
  const [command = '', ...args] = [...way, 'mount', '-t', 'tmpfs', 'none', disk];
  return spawnSync(command, args).status === 0;
});
const skip = way === undefined && 'skipped: nothing may be mounted here';

t.before(async () => {
  mkdirSync(join(folder, 'more'));
  writeFileSync(join(folder, 'more/a'), 'a');
  await runTool('docteur', ['make', '-q', join(folder, 'more'), small]);
  writeFileSync(join(folder, 'source/large'), randomBytes(2 << 20));
  await runTool('docteur', ['make', '-q', join(folder, 'source'), image]);
});

/** Runs a command on a disk of some KiB, which `before` has filled; all that is there then, with the first bytes. */
function onDisk(kib: number, before: string, ...args: string[]) {
  const script = `mount -t tmpfs -o size=${kib}k none "$0" && cd "$0" && { ${before}; } || exit 99
    unset NODE_OPTIONS; "$@"; status=$?
    find . -mindepth 1 -type d -printf '%P/\\n' -o -printf '%P ' -exec head -c 20 {} \\; -printf '\\n' | sort
    exit $status`;
  const [command, ...rest] = [
    ...(way as string[]),
    'sh',
    '-c',
    script,
    disk,
    process.execPath,
    bin,
  ];
  const { status, stdout, stderr } = spawnSync(command as string, [...rest, ...args], {
    encoding: 'utf8',
  });
  return { status, stderr, there: stdout.split('\n').filter((line) => line !== '') };
}

t.test('extract', { skip }, async (t) => {
  const full = {
    status: 74,
    stderr: /^docteur extract: large: cannot write: no space left[^\n]*\n$/,
  };
  t.match(onDisk(1024, 'true', 'extract', '-q', '-C', 'new/deep', image), full);
  t.strictSame(onDisk(1024, 'true', 'extract', '-q', '-C', 'new/deep', image).there, []);
  const over = onDisk(1024, 'echo mine > a', 'extract', '-q', '--force', image);
  t.match(over, full);
  t.strictSame(over.there, ['a mine']);
  const beside = onDisk(1024, 'mkdir new', 'extract', '-q', '-C', 'new/deep', image);
  t.strictSame(beside.there, ['new/'], 'only what was made is removed');
  const enough = onDisk(4096, 'true', 'extract', '-q', '-C', 'new/deep', small);
  t.match(enough, { status: 0, there: ['new/', 'new/deep/', 'new/deep/a a'] });
});

t.test('browse --out', { skip }, async (t) => {
  const full = { status: 74, stderr: /^docteur browse: [^\n]*: cannot write [^\n]*no space left/ };
  t.match(onDisk(64, 'true', 'browse', '--out', 'site', small), { ...full, there: [] });
  const mark = '<meta name="generator" content="docteur browse">';
  const page = `mkdir site; echo '${mark}' > site/index.html; echo old > site/docteur.json`;
  const old = onDisk(64, page, 'browse', '--out', 'site', small);
  t.match(old, full);
  t.strictSame(old.there, [
    'site/',
    'site/docteur.json old',
    `site/index.html ${mark.slice(0, 20)}`,
  ]);
});

t.test('export', { skip }, async (t) => {
  const full = { status: 74, stderr: /^docteur export: [^\n]*: cannot write: no space left/ };
  t.match(onDisk(1024, 'true', 'export', '--git', 'new/a.git', image), full);
  t.strictSame(onDisk(1024, 'true', 'export', '--git', 'new/a.git', image).there, []);
  t.strictSame(onDisk(1024, 'true', 'export', '--bundle', 'a.bundle', image).there, []);
});

t.test('fetch and make', { skip }, async (t) => {
  t.match(onDisk(1024, 'echo old > a', 'fetch', '-q', `file:${image}`, 'a'), {
    status: 74,
    there: ['a old'],
  });
  t.match(onDisk(1024, 'echo old > a', 'make', '-q', join(folder, 'source'), 'a'), {
    status: 74,
    there: ['a old'],
  });
});

t.test('build', { skip }, async (t) => {
  const app = join(folder, 'app.ts');
  writeFileSync(app, 'export default () => 0;\n');
  const args = ['build', '-t', 'unix', '--disk', image, app, '-o', 'a'];
  t.match(onDisk(16, 'echo old > a', ...args), {
    status: 74,
    stderr: /^docteur build: a: cannot write: no space left on device\n$/,
    there: ['a old'],
  });
});
