import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeSuperblock, oidToHex } from '#format';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries } from '../fixtures/git-tree.ts';
import { runTender } from '../fixtures/tender.ts';

const guests = join(import.meta.dirname, '../../dist/guests');
const folder = t.testdir({ repository: {} });
const repository = join(folder, 'repository');
const BIG = Buffer.alloc(
  5_000_000,
  (() => {
    const noise = Buffer.alloc(65_537);
    for (let i = 0; i < noise.length; i++) noise[i] = (i * 7919) % 251;
    return noise;
  })(),
);
commitEntries(repository, [
  { mode: '100644', path: 'README.md', content: 'Hello World!\n' },
  { mode: '100755', path: 'bin/run', content: '#!/bin/sh\n' },
  { mode: '100644', path: 'big', content: BIG },
  { mode: '120000', path: 'link', content: 'README.md' },
  { mode: '120000', path: 'loop', content: 'loop' },
]);
const image = imageOfRepository(repository, { blockSize: 4096 });
const disk = join(folder, 'disk.img');
writeFileSync(disk, image);

const run = (app: string, args: readonly string[], at = disk) =>
  runTender([`--block:docteur=${at}`, '--', join(guests, `${app}.js`), ...args]);

t.test('simple prints a file and nothing else', async (t) => {
  for (const args of [
    ['--filename', 'README.md'],
    ['--filename=/README.md'],
    ['--filename', 'nowhere', '--filename=link'],
    ['--reader=eager', '--filename=README.md'],
    ['--reader', 'analyze', '--filename=README.md'],
  ]) {
    const { status, stdout, stderr } = await run('simple', args);
    t.same(
      { status, stderr, text: stdout.toString() },
      { status: 0, stderr: '', text: 'Hello World!\n' },
      args.join(' '),
    );
  }
  const { status, stdout } = await run('simple', ['--filename', 'big']);
  t.equal(status, 0);
  t.ok(stdout.equals(BIG), 'a file of many pieces');
});

t.test('simple says in one line what it cannot do, and exits for it', async (t) => {
  const cases: [string[], number, string][] = [
    [['--filename', 'absent'], 2, 'guest: absent: not found\n'],
    [['--filename', 'bin'], 3, 'bin: a directory, not a file\n'],
    [['--filename', '/'], 3, '/: a directory, not a file\n'],
    [['--filename', 'README.md/x'], 4, 'README.md/x: not a directory\n'],
    [['--filename', 'README.md/'], 4, 'README.md/: not a directory\n'],
    [['--filename', '../README.md'], 6, "../README.md: '..' is not allowed\n"],
    [['--filename', 'loop'], 6, 'loop: too many symbolic links\n'],
    [[], 64, 'missing option: --filename PATH\n'],
    [['--filename'], 64, '--filename needs a value\n'],
    [['--nonsense'], 64, "unknown argument '--nonsense'\n"],
    [['README.md'], 64, "unknown argument 'README.md'\n"],
    [
      ['--filename=x', '--reader=fast'],
      64,
      "unknown reader 'fast'; use one of auto, indexed, lazy, eager, analyze\n",
    ],
    [
      ['--filename=x', '--analyze', '--reader=lazy'],
      64,
      'use either --analyze or --reader lazy, not both\n',
    ],
  ];
  const help = await run('simple', ['--help']);
  t.match({ ...help, stdout: help.stdout.toString() }, { status: 0, stderr: '' });
  t.match(help.stdout.toString(), /^simple: prints a file of the image, --filename PATH\.\n/);
  t.match((await run('list', ['--help'])).stdout.toString(), /^Options:\n {2}--folder VALUE\n/);
  for (const [args, status, stderr] of cases) {
    const outcome = await run('simple', args);
    t.match(outcome, { status, stderr }, args.join(' '));
    t.equal(outcome.stdout.length, 0);
  }
});

t.test('an image that is none, cut or damaged', async (t) => {
  const damaged = image.slice();
  damaged.fill(0x55, 60, 90);
  const files: [string, Uint8Array][] = [
    ['zeros.img', new Uint8Array(8192)],
    ['tiny.img', image.slice(0, 512)],
    ['cut.img', image.slice(0, image.length - 4096)],
    ['damaged.img', damaged],
  ];
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const { status, stdout, stderr } = await run('simple', ['--filename=README.md'], path);
    t.equal(status, 5, name);
    t.match(stderr, /^guest: bad image: [^\n]+\n$/, name);
    t.equal(stdout.length, 0);
  }
});

t.test('--analyze needs no IDX', async (t) => {
  const forged = image.slice();
  forged.fill(0, decodeSuperblock(image).idxOffset);
  const path = join(folder, 'no-idx.img');
  writeFileSync(path, forged);
  t.equal((await run('simple', ['--filename=README.md'], path)).status, 5);
  for (const also of [[], ['--check'], ['--reader=analyze']]) {
    const args = ['--analyze', ...also, '--filename=README.md'];
    const { status, stdout } = await run('simple', args, path);
    t.equal(status, 0);
    t.equal(stdout.toString(), 'Hello World!\n');
  }
});

t.test('a pinned commit: what is read is compared with its id', async (t) => {
  const { commit } = decodeSuperblock(image);
  const pinned = `--commit=${oidToHex(commit)}`;
  for (const args of [[pinned], ['--check'], ['--check', '--reader=eager']]) {
    const { status, stdout } = await run('simple', [...args, '--filename=README.md']);
    t.equal(status, 0);
    t.equal(stdout.toString(), 'Hello World!\n');
  }
  const other = join(folder, 'other.img');
  const second = t.testdir();
  commitEntries(second, [{ mode: '100644', path: 'README.md', content: 'Another\n' }]);
  writeFileSync(other, imageOfRepository(second));
  const refused: [string[], number, RegExp][] = [
    [
      [pinned],
      5,
      /^guest: bad image: the image holds another commit, [0-9a-f]{40}, object [0-9a-f]{40}\n$/,
    ],
    [['--commit=main'], 64, /^guest: 'main' is not a commit id of 40 hexadecimal digits\n$/],
    [['--check', '--reader=indexed'], 64, /^guest: a path index cannot be checked; [^\n]+\n$/],
    [['--check=yes'], 64, /^guest: --check takes no value\n$/],
  ];
  for (const [args, status, stderr] of refused) {
    const outcome = await run('simple', [...args, '--filename=README.md'], other);
    t.match(outcome, { status, stderr });
    t.equal(outcome.stdout.length, 0);
  }
});

t.test('list prints the entries of a folder', async (t) => {
  const { status, stdout } = await run('list', []);
  t.equal(status, 0);
  t.equal(
    stdout.toString(),
    'file\tREADME.md\nfile\tbig\ndirectory\tbin\nlink\tlink\nlink\tloop\n',
  );
  t.equal((await run('list', ['--folder=bin'])).stdout.toString(), 'executable\trun\n');
  t.match(await run('list', ['--folder=README.md']), {
    status: 4,
    stderr: 'guest: README.md: not a directory\n',
  });
});
