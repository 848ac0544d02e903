// docteur extract, beside diff, find, git archive and tar; and what already stands there.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Forge } from '../fixtures/forge.ts';
import { commitText, objectId, treeEntry } from '../fixtures/forge-bytes.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries } from '../fixtures/git-tree.ts';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { runTool, startTool } from '../fixtures/tools.ts';

const folder = t.testdir({ mixed: {}, many: {} });
const mixed = join(folder, 'mixed');
const image = join(folder, 'disk.img');
const manyImage = join(folder, 'many.img');
const SECONDS = Date.parse('2020-10-10T08:00:00Z') / 1000;
let places = 0;
const place = () => join(folder, `out-${places++}`);
const extract = (...args: string[]) => runTool('docteur', ['extract', ...args]);
const quietly = (...args: string[]) => extract('-q', ...args);
const has = (program: string) => spawnSync(program, ['--version']).status === 0;

/** What find(1) says of all that is below a folder. */
const look = (folder: string, format: string) =>
  execFileSync('find', ['.', '-mindepth', '1', '-printf', `${format}\\0`], { cwd: folder })
    .toString('latin1')
    .split('\0')
    .sort();
const leftOver = (folder: string) => readdirSync(folder).filter((name) => /^\.docteur/.test(name));

t.before(async () => {
  writeMixedFolder(mixed);
  for (let i = 0; i < 1200; i++) {
    const sub = join(folder, 'many', `${i % 30}`);
    mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, `${i}`), `file ${i}\n`.repeat(i));
  }
  await runTool('docteur.make', ['-q', '-d', '2020-10-10T08:00:00+00:00', mixed, image]);
  await runTool('docteur.make', ['-q', '--no-index', join(folder, 'many'), manyImage]);
});

t.test('what comes out is what went in', async (t) => {
  const out = place();
  t.match(await extract('-C', out, image), {
    status: 0,
    stderr: /^docteur extract: .*: 15 files, 8 folders, 5 links, 2\.9 MiB\n$/,
  });
  execFileSync('diff', ['-r', '--no-dereference', mixed, out]);
  t.same(look(out, '%y %m %P %l'), look(mixed, '%y %m %P %l'));
  t.same([...new Set(look(out, '%T@').filter(Boolean))], [`${SECONDS}.0000000000`], 'all times');
  t.equal(statSync(join(out, 'README.md')).nlink, 1);
  t.same(leftOver(out), []);
  if (!has('rsync')) return void t.pass('skipped: no rsync');
  const args = ['-rlpn', '--checksum', '--itemize-changes', '--delete', `${mixed}/`, `${out}/`];
  t.equal(execFileSync('rsync', args).toString(), '');
});

t.test('many files, by threads, without a path index, checked', async (t) => {
  for (const args of [
    ['--jobs', '4'],
    ['--jobs', '1'],
    ['--check', '--jobs', '2'],
  ]) {
    const out = place();
    t.match(await quietly(...args, '-C', out, manyImage), { status: 0, stderr: '' });
    execFileSync('diff', ['-r', join(folder, 'many'), out]);
  }
  const json = await extract('-q', '--json', '-C', place(), manyImage);
  t.match(JSON.parse(`${json.stdout}`), {
    files: 1200,
    folders: 30,
    links: 0,
    kept: 0,
    skipped: 0,
  });
});

t.test('a commit: as git archive and tar have it', async (t) => {
  const repository = join(folder, 'repository');
  mkdirSync(repository);
  commitEntries(repository, [
    { mode: '100644', path: 'a', content: 'a\n' },
    { mode: '100755', path: 'deep/run', content: 'run\n' },
    { mode: '120000', path: 'deep/link', content: '../a' },
    { mode: '160000', path: 'module', content: '1234567890123456789012345678901234567890' },
  ]);
  const disk = join(folder, 'repository.img');
  writeFileSync(disk, imageOfRepository(repository));
  const [ours, theirs] = [place(), place()];
  t.match(await quietly('-C', ours, disk), { status: 0, stderr: '' });
  mkdirSync(theirs);
  const pipe = 'git -C "$1" archive HEAD | tar x -C "$2"';
  execFileSync('sh', ['-c', pipe, 'sh', repository, theirs]);
  t.same(look(ours, '%y %P %l %s'), look(theirs, '%y %P %l %s'));
  execFileSync('diff', ['-r', '--no-dereference', ours, theirs]);
});

t.test('some of it: paths, globs', async (t) => {
  const out = place();
  t.match(await quietly('-C', out, image, 'docs/deep', 'README.md', 'docs/a.md', 'docs/deep/er'), {
    status: 0,
  });
  t.same(look(out, '%P').filter(Boolean), [
    'README.md',
    'docs',
    'docs/a.md',
    'docs/deep',
    'docs/deep/er',
    'docs/deep/er/and',
    'docs/deep/er/and/deeper',
    'docs/deep/er/and/deeper/leaf.md',
  ]);
  const rest = place();
  const globs = ['*.md', 'odd/', 'large.bin', '/docs/deep'].flatMap((glob) => ['--exclude', glob]);
  await quietly(...globs, '-C', rest, image);
  t.same(look(rest, '%P').filter(Boolean), [
    'absolute',
    'dangling',
    'docs',
    'docs/a.txt',
    'docs/upwards',
    'empty',
    'empty-file',
    'empty/folder',
    'inside',
    'run.sh',
    'to-docs',
  ]);
  const through = place();
  await quietly('-C', through, image, './to-docs//a.md');
  t.same(look(through, '%y %P').filter(Boolean), ['d to-docs', 'f to-docs/a.md']);
  const none = place();
  t.match(await extract('-C', none, image, 'docs', 'absent'), {
    status: 66,
    stderr: 'docteur extract: absent: not found\n',
  });
  t.notOk(existsSync(none), 'nothing was made');
});

t.test('what is there is kept, or replaced by force', async (t) => {
  const out = place();
  mkdirSync(join(out, 'docs'), { recursive: true });
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'secret');
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(out, 'docs/a.md'), 'mine');
  writeFileSync(join(out, 'docs/b.md'), 'also mine');
  symlinkSync(secret, join(out, 'README.md'));
  symlinkSync(join(folder, 'elsewhere'), join(out, 'odd'));
  execFileSync('mkfifo', [join(out, 'run.sh')]);
  writeFileSync(join(out, 'empty'), 'a file where a folder is to be');
  writeFileSync(join(out, 'inside'), 'a file where a link is to be');
  const kept = await extract('-C', out, image);
  t.match(kept, { status: 0, stderr: /, 6 already there and kept \(--force/ });
  t.equal(readFileSync(join(out, 'docs/a.md'), 'utf8'), 'mine');
  t.equal(readlinkSync(join(out, 'README.md')), secret);
  t.ok(lstatSync(join(out, 'run.sh')).isFIFO());
  t.equal(readFileSync(join(out, 'inside'), 'utf8'), 'a file where a link is to be');
  t.same(readdirSync(join(folder, 'elsewhere')), [], 'no folder that a link leads to');
  t.equal(readFileSync(join(out, 'docs/a.txt'), 'utf8'), 'no newline at the end');
  t.match(await quietly('--force', '-C', out, image), { status: 0, stderr: '' });
  t.equal(readFileSync(join(out, 'docs/b.md'), 'utf8'), 'also mine');
  execFileSync('rm', [join(out, 'docs/b.md')]);
  execFileSync('diff', ['-r', '--no-dereference', mixed, out]);
  t.equal(readFileSync(secret, 'utf8'), 'secret', 'a link is replaced, not followed');
  t.same(readdirSync(join(folder, 'elsewhere')), []);
  execFileSync('rm', [join(out, 'README.md')]);
  mkdirSync(join(out, 'README.md/full'), { recursive: true });
  t.match(await quietly('--force', '-C', out, image), {
    status: 73,
    stderr: 'docteur extract: README.md: a folder stands there, which is not replaced\n',
  });
  t.same(leftOver(out), []);
});

t.test('a limit, a full disk, no place: nothing is left', async (t) => {
  const out = place();
  mkdirSync(out);
  t.match(await quietly('--max-size', '1M', '-C', out, image), {
    status: 65,
    stderr: /^docteur extract: files of more than 1048576 bytes: --max-size allows more\n$/,
  });
  t.same(readdirSync(out), []);
  const bin = join(import.meta.dirname, '../../dist/bin/docteur.js');
  const script = 'unset NODE_OPTIONS; ulimit -f 1000; exec "$@"';
  const command = [process.execPath, bin, 'extract', '-q', '-C', out, image];
  const full = spawnSync('sh', ['-c', script, 'sh', ...command], { encoding: 'utf8' });
  t.match(full, { status: 74, stderr: /^docteur extract: large\.bin: cannot write: [^\n]*\n$/ });
  t.same(readdirSync(out), []);
  t.match(await quietly('-C', join(image, 'below'), image), { status: 73 });
  t.match(await quietly('-C', image, image), { status: 73, stderr: /cannot write there: / });
  const empty = await runTool('docteur', ['extract', '-C', '', image], { cwd: out });
  t.match(empty, { status: 64, stderr: /the path of the folder is empty/ });
  t.same(readdirSync(out), []);
});

t.test('a commit: all content is compared with it', async (t) => {
  const { stdout } = await runTool('docteur', ['info', '--json', manyImage]);
  const { id } = (JSON.parse(`${stdout}`) as { commit: { id: string } }).commit;
  for (const jobs of [[], ['--jobs', '3']]) {
    const out = place();
    const outcome = await quietly('--commit', id, ...jobs, '-C', out, manyImage);
    t.match(outcome, { status: 0, stderr: '' });
    execFileSync('diff', ['-r', join(folder, 'many'), out]);
  }
  // Sound bytes under the id of others: only who compares sees it.
  const forge = new Forge();
  const blob = forge.add('blob', Buffer.from('evil\n'), {
    oid: objectId('blob', Buffer.from('good\n')),
  });
  const commit = forge.add('commit', commitText(forge.add('tree', treeEntry('100644', 'a', blob))));
  const forged = join(folder, 'forged.img');
  writeFileSync(forged, forge.build());
  t.match(await quietly('-C', place(), forged), { status: 0 }, 'nobody compares');
  for (const args of [['--commit', commit.toString('hex')], ['--check']]) {
    const out = place();
    mkdirSync(out);
    const { status, stderr } = await quietly(...args, '-C', out, forged);
    t.equal(status, 65);
    t.match(stderr, `does not match its id, object ${blob.toString('hex')}`);
    t.same(readdirSync(out), []);
  }
});

t.test('a damaged image: the file is named, nothing is left', async (t) => {
  const bytes = readFileSync(manyImage);
  bytes.fill(0xff, 3000, 6000);
  const bad = join(folder, 'damaged.img');
  writeFileSync(bad, bytes);
  const out = place();
  mkdirSync(out);
  for (const jobs of ['1', '3']) {
    const outcome = await quietly('--check', '--jobs', jobs, '-C', out, bad);
    t.match(outcome, { status: 65, stderr: /^docteur extract: [^\n]*damaged\.img: [^\n]+\n$/ });
    t.same(readdirSync(out), []);
  }
});

t.test('kill -9 leaves nothing', async (t) => {
  const above = place();
  const out = join(above, 'out');
  const large = join(folder, 'large');
  mkdirSync(large);
  for (let i = 0; i < 40; i++) writeFileSync(join(large, `${i}`), Buffer.alloc(2_000_000, i));
  const disk = `${large}.img`;
  await runTool('docteur.make', ['-q', '--fast', large, disk]);
  const { child, outcome } = startTool('docteur', ['extract', '-q', '-C', out, disk]);
  const begun = () => existsSync(out) && leftOver(out).length > 0;
  while (!begun() && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  await outcome;
  t.ok(begun(), 'under way');
  for (let i = 0; i < 600 && existsSync(above); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.notOk(existsSync(above), 'nor the folders that were made for it');
});
