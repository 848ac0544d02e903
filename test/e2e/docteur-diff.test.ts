// docteur diff, beside git diff; its patches are applied by git and patch(1).
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = t.testdir({ a: {} });
const [a, b] = [join(folder, 'a'), join(folder, 'b')];
const [imageA, imageB] = [`${a}.img`, `${b}.img`];
const diff = (...args: string[]) => runTool('docteur', ['diff', ...args]);
const lines = (bytes: Buffer) => bytes.toString('latin1').split('\n').filter(Boolean);
/** Git's own comparison of two folders; exit status 1 says that they differ. */
const git = (...args: string[]) =>
  spawnSync('git', ['diff', '--no-index', '--no-renames', '--no-color', ...args, 'a', 'b'], {
    cwd: folder,
  }).stdout;

function numbered(count: number, change: (line: number) => string | undefined): string {
  return Array.from({ length: count }, (_, i) => change(i) ?? `line ${i}`).join('\n');
}

t.before(async () => {
  writeMixedFolder(a);
  writeFileSync(join(a, 'long'), `${numbered(500, () => undefined)}\n`);
  writeFileSync(join(a, 'becomes-link'), 'a file\n');
  writeFileSync(join(a, 'becomes-folder'), 'a file\n');
  mkdirSync(join(a, 'becomes-file'));
  writeFileSync(join(a, 'becomes-file/inner'), 'x\n');
  writeFileSync(join(a, 'with blank'), 'x\n');
  cpSync(a, b, { recursive: true, verbatimSymlinks: true });
  const changes: Record<number, string> = { 3: 'three', 250: 'two\nfifty', 499: 'end' };
  writeFileSync(
    join(b, 'long'),
    numbered(500, (line) => changes[line]),
  );
  appendFileSync(join(b, 'docs/a.txt'), '\nnow with one\n');
  appendFileSync(join(b, 'large.bin'), 'x');
  appendFileSync(join(b, 'with blank'), 'y\n');
  appendFileSync(
    Buffer.concat([Buffer.from(`${b}/odd/`), Buffer.from('caf\xe9', 'latin1')]),
    '\xff',
  );
  chmodSync(join(b, 'README.md'), 0o755);
  rmSync(join(b, 'docs/deep'), { recursive: true });
  rmSync(join(b, 'inside'));
  symlinkSync('docs/a.txt', join(b, 'inside'));
  rmSync(join(b, 'becomes-link'));
  symlinkSync('docs', join(b, 'becomes-link'));
  rmSync(join(b, 'becomes-folder'));
  mkdirSync(join(b, 'becomes-folder'));
  writeFileSync(join(b, 'becomes-folder/inner'), 'y\n');
  rmSync(join(b, 'becomes-file'), { recursive: true });
  writeFileSync(join(b, 'becomes-file'), 'y\n');
  writeFileSync(join(b, 'new'), 'one\ntwo');
  writeFileSync(join(b, 'new-empty'), '');
  mkdirSync(join(b, 'new-folder'));
  await runTool('docteur.make', ['-q', a, imageA]);
  await runTool('docteur.make', ['-q', b, imageB]);
});

/** What git calls the two sides, without the folders' own names. */
const named = (bytes: Buffer) =>
  lines(bytes).map((line) => line.replace(/\t"?[ab]\//, '\t').replace(/"$/, ''));

t.test('letters and paths are those of git', async (t) => {
  const outcome = await diff(imageA, imageB);
  t.match(outcome, { status: 1, stderr: '' });
  const ours = lines(outcome.stdout).filter((line) => line !== 'A\tnew-folder');
  t.equal(ours.length + 1, lines(outcome.stdout).length, 'git knows no empty folders');
  const theirs = named(git('--name-status')).map((line) => line.replace('\\351', '\xe9'));
  t.same(ours.sort(), theirs.sort());
  for (const args of [
    [imageA, b],
    [a, imageB],
    [a, b],
    ['--exclude', 'nothing-has-this-name', imageA, imageB],
  ]) {
    t.same((await diff(...args)).stdout, outcome.stdout, args.join(' '));
  }
  const names = await diff('--name-only', imageA, imageB);
  t.same(
    lines(names.stdout),
    lines(outcome.stdout).map((line) => line.slice(2)),
  );
});

t.test('nothing differs: exit code 0', async (t) => {
  const none = { status: 0, stdout: Buffer.alloc(0), stderr: '' };
  for (const args of [
    [imageA, imageA],
    [imageA, a],
    [a, imageA],
    ['-p', imageA, a],
    ['--stat', imageA, a],
    ['--json', imageA, a],
  ]) {
    t.match(await diff(...args), none, args.join(' '));
  }
  t.match(await diff('-q', imageA, imageB), { status: 1, stdout: Buffer.alloc(0) });
  const globs = ['*a*', '*e*', 'l*', '*i*', 'odd', 'docs', 'R*'].flatMap((glob) => [
    '--exclude',
    glob,
  ]);
  t.match(await diff(...globs, imageA, imageB), none);
});

t.test('the patch is what git apply takes', async (t) => {
  const { status, stdout } = await diff('-p', imageA, imageB);
  t.equal(status, 1);
  const patched = join(folder, 'patched');
  cpSync(a, patched, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(patched, 'large.bin'), readFileSync(join(b, 'large.bin')));
  const text = stdout
    .toString('latin1')
    .replace(/diff --git a\/large\.bin[\s\S]*?(?=diff --git)/, '');
  const patch = join(folder, 'patch');
  writeFileSync(patch, Buffer.from(text, 'latin1'));
  const applied = spawnSync('git', ['apply', '--unsafe-paths', patch], {
    cwd: patched,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, GIT_CEILING_DIRECTORIES: folder },
  });
  t.match(applied, { status: 0, stderr: '' });
  mkdirSync(join(patched, 'new-folder'), { recursive: true });
  mkdirSync(join(patched, 'docs'), { recursive: true });
  execFileSync('diff', ['-r', '--no-dereference', patched, b]);
  t.equal(
    `${execFileSync('find', [patched, '-name', 'README.md', '-perm', '755'])}`.length > 0,
    true,
  );
});

t.test('a patch of texts is what git writes', async (t) => {
  for (const path of ['long', 'new', 'with blank', 'README.md', 'docs/a.txt', 'new-empty']) {
    const ours = (await diff('-p', imageA, imageB)).stdout
      .toString('latin1')
      .split(/(?=^diff --git )/m);
    const mine = ours.find((part) => part.startsWith(`diff --git a/${path} b/${path}\n`)) ?? '';
    const old = path.startsWith('new') ? '/dev/null' : `a/${path}`;
    const theirs = spawnSync(
      'git',
      ['diff', '--no-index', '--full-index', '--no-color', '--', old, `b/${path}`],
      { cwd: folder, encoding: 'latin1' },
    ).stdout;
    const plain = (text: string) =>
      text
        .replace(/^(@@ .* @@).*$/gm, '$1')
        .replaceAll('a/b/', 'a/')
        .replaceAll('b/b/', 'b/')
        .replaceAll('a/a/', 'a/');
    t.equal(plain(mine), plain(theirs), path);
  }
});

t.test('--stat counts as git does', async (t) => {
  const { stdout } = await diff('--stat', imageA, imageB);
  const rows = new Map(
    lines(stdout).map((line) => {
      const [, name = '', count = ''] = /^ (.*?) +\| +(\S.*?)(?: [+-]+)?$/.exec(line) ?? [];
      return [name, count] as const;
    }),
  );
  const numstat = lines(git('--numstat'));
  let compared = 0;
  for (const line of numstat) {
    const [added = '', removed = '', path = ''] = line.split('\t');
    const name = path.replace(/^("?)\{a => b\}\//, '$1');
    const count = rows.get(name);
    if (count === undefined || count.startsWith('Bin')) continue;
    compared += 1;
    t.equal(count, `${Number(added) + Number(removed)}`, name);
  }
  t.ok(compared >= 3, `${compared} compared`);
  t.match(rows.get('large.bin'), /^Bin 3000000 -> 3000001 bytes$/);
  t.match(`${stdout}`, /\n \d+ files changed, \d+ insertions\(\+\), \d+ deletions\(-\)\n$/);
});

t.test('--json', async (t) => {
  const { stdout } = await diff('--json', imageA, b);
  const changes = new Map(
    `${stdout}`
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map((change) => [change.path, change]),
  );
  t.match(changes.get('README.md'), {
    status: 'M',
    old: { kind: 'file', mode: '100644', size: 13 },
    new: { kind: 'executable', mode: '100755', size: 13 },
  });
  t.match(changes.get('new'), { status: 'A', old: null, new: { size: 7 } });
  const id = execFileSync('git', ['hash-object', join(b, 'new')]);
  t.equal(changes.get('new').new.id, `${id}`.trim());
});

t.test('texts that have little in common take bounded time', async (t) => {
  const [old, other] = [join(folder, 'far-a'), join(folder, 'far-b')];
  for (const [place, factor] of [
    [old, 7919],
    [other, 104_729],
  ] as const) {
    mkdirSync(place);
    writeFileSync(
      join(place, 'f'),
      numbered(60_000, (line) => `${(line * factor) % 1_000_003}`),
    );
  }
  const { status, stdout } = await diff('-p', old, other);
  t.equal(status, 1);
  writeFileSync(join(folder, 'far.patch'), stdout);
  execFileSync('patch', ['-s', '-p1', '-d', old, '-i', join(folder, 'far.patch')]);
  execFileSync('diff', ['-r', old, other]);
});

t.test('what cannot be compared', async (t) => {
  t.match(await diff('absent.img', imageA), { status: 66 });
  t.match(await diff(imageA), { status: 64 });
  t.match(await diff('-p', '--stat', imageA, imageB), { status: 64 });
  const bad = join(folder, 'bad.img');
  writeFileSync(bad, 'no image');
  t.match(await diff(imageA, bad), { status: 65, stderr: /^docteur diff: [^\n]*bad\.img: / });
  execFileSync('mkfifo', [join(a, 'fifo')]);
  const skipped = await diff(imageA, a);
  t.match(skipped, { status: 0, stderr: /fifo: skipped: a FIFO\n$/ });
  rmSync(join(a, 'fifo'));
});
