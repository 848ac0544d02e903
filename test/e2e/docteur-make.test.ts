// docteur.make as its user runs it: messages, exit codes, what it leaves behind.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { verifyImage } from '../../image-tools/index.ts';
import { becomes } from '../fixtures/processes.ts';
import { FIVE_FILE_DATE, runTool, startTool, writeFiveFileFolder } from '../fixtures/tools.ts';

function scratchFolder(t: Test): { scratch: string; folder: string; image: string } {
  const scratch = t.testdir({ folder: {}, out: {} });
  const folder = join(scratch, 'folder');
  writeFiveFileFolder(folder);
  return { scratch, folder, image: join(scratch, 'out', 'disk.img') };
}

t.test('what goes wrong is one line and an exit code', async (t) => {
  const { scratch, folder, image } = scratchFolder(t);
  const cases: [string[], number, RegExp][] = [
    [[], 64, /missing required argument 'source'/],
    [[folder], 64, /missing required argument 'image'/],
    [[folder, '-'], 64, /cannot write an image to stdout; \.\/- names a file called -/],
    [[folder, image, 'more'], 64, /too many arguments/],
    [['--bs', '513', folder, image], 64, /power of two/],
    [['--bs', '512junk', folder, image], 64, /Not a number of bytes/],
    [['-d', 'yesterday', folder, image], 64, /RFC 3339/],
    [['--unknown', folder, image], 64, /unknown option/],
    [['--timeout', 'soon', folder, image], 64, /Not a number from 0/],
    [['-d', FIVE_FILE_DATE, 'git://127.0.0.1:1/x', image], 64, /keeps its commit with its date/],
    [['gopher://x/y', image], 64, /unknown kind of source/],
    [['--strct', folder, image], 64, /unknown option '--strct' \(Did you mean --strict\?\)/],
    [['a', 'https://ann:secret@127.0.0.1/', image], 64, /got 3: a, https:\/\/ann@127\.0\.0\.1\/,/],
    [['', image], 64, /the path is empty/],
    [['--exclude', '[z-a]', folder, image], 64, /\[z-a\]: not a glob/],
    [['no\n\u001b[2Jwhere', image], 66, /: no\\n\\u\{1b\}\[2Jwhere: no such/],
    [[join(scratch, 'absent'), image], 66, /absent: no such file or directory/],
    [[join(folder, 'foo'), image], 66, /foo: neither a folder nor a tar or zip/],
    [[folder, join(scratch, 'no/where.img')], 73, /no\/where\.img: cannot create/],
    [[folder, scratch], 73, /not a regular file/],
    [[folder, '/dev/full'], 73, /not a regular file/],
  ];
  for (const [args, status, message] of cases) {
    const outcome = await runTool('docteur.make', args);
    t.equal(outcome.status, status, args.join(' '));
    t.match(outcome.stderr, message);
    t.match(outcome.stderr, /^docteur\.make: [^\n]+\n$/, 'one line');
    t.equal(outcome.stdout.length, 0);
  }
  t.strictSame(readdirSync(join(scratch, 'out')), []);
});

t.test('--json, --quiet, --help, --version', async (t) => {
  const { scratch, folder, image } = scratchFolder(t);
  const json = await runTool('docteur.make', ['--json', '-q', '-d', FIVE_FILE_DATE, folder, image]);
  t.equal(json.stderr, '');
  t.match(JSON.parse(json.stdout.toString()), { files: 5, objects: 6, bytesIn: 13 });
  const loud = await runTool('docteur.make', [folder, image]);
  t.match(
    loud.stderr,
    /^docteur\.make: .*disk\.img: 5 files, 6 objects, .*13 B in, 10\.0 KiB out.*\n$/,
  );
  const verified = await runTool('docteur.verify', ['--json', image]);
  t.match(JSON.parse(verified.stdout.toString()), {
    objects: 6,
    author: { name: 'Dr. Greenthumb' },
  });
  mkdirSync(join(scratch, 'one'));
  writeFileSync(join(scratch, 'one/file'), 'alone');
  const one = await runTool('docteur.make', [join(scratch, 'one'), image]);
  t.match(one.stderr, /disk\.img: 1 file, 3 objects, /);
  const help = await runTool('docteur.make', ['--help']);
  t.equal(help.status, 0);
  t.match(help.stdout.toString(), /Examples:[\s\S]+Exit codes:/);
  const version = await runTool('docteur.make', ['--version']);
  t.match(version.stdout.toString(), /^\d+\.\d+\.\d+\n$/);
});

t.test('the same folder and date give the same bytes', async (t) => {
  const { folder, image } = scratchFolder(t);
  await runTool('docteur.make', ['-d', FIVE_FILE_DATE, folder, image]);
  const first = readFileSync(image);
  await runTool('docteur.make', ['-d', FIVE_FILE_DATE, `file://${folder}`, image]);
  t.ok(first.equals(readFileSync(image)));
  await runTool('docteur.make', ['-d', FIVE_FILE_DATE, 'relativize://folder', 'out/disk.img'], {
    cwd: join(image, '../..'),
  });
  t.ok(first.equals(readFileSync(image)));
});

t.test('special files: skipped with a warning, refused with --strict', async (t) => {
  const { folder, image } = scratchFolder(t);
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const strict = await runTool('docteur.make', ['--strict', folder, image]);
  t.equal(strict.status, 65);
  t.match(strict.stderr, /fifo: cannot be stored: a FIFO\n$/);
  execFileSync('mkfifo', [join(folder, 'fifo\n\u001b]0;title\u0007')]);
  const made = await runTool('docteur.make', [folder, image]);
  t.equal(made.status, 0);
  t.match(made.stderr, /fifo: skipped: a FIFO\n/);
  t.match(made.stderr, /fifo\\n\\u\{1b\}\]0;title\\u\{7\}: skipped: a FIFO\n/, 'in one line');
});

t.test('links that loop under --compat; an image inside the folder', async (t) => {
  const { folder } = scratchFolder(t);
  symlinkSync('..', join(folder, 'tree/up'));
  const inside = join(folder, 'disk.img');
  const looping = await runTool('docteur.make', ['--compat', folder, inside]);
  t.equal(looping.status, 65);
  t.match(looping.stderr, /tree\/up: a symbolic link leads back/);
  await runTool('docteur.make', [folder, inside]);
  const again = await runTool('docteur.make', [folder, inside]);
  t.match(again.stderr, /disk\.img: skipped: the image itself/);
  t.equal((await verifyImage(inside)).objects, 7);
});

t.test('killed while it writes: the old image whole, no litter', async (t) => {
  const { scratch, folder, image } = scratchFolder(t);
  await runTool('docteur.make', ['-q', folder, image]);
  const old = readFileSync(image);
  writeFileSync(join(folder, 'sparse'), '');
  truncateSync(join(folder, 'sparse'), 2 ** 29);
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    const { child, outcome } = startTool('docteur.make', [folder, image]);
    const litter = () => readdirSync(join(scratch, 'out')).length > 1;
    t.ok(await becomes(litter), 'it is writing');
    child.kill(signal);
    t.equal((await outcome).signal, signal);
    t.ok(await becomes(() => !litter()), 'no litter');
    t.strictSame(readdirSync(join(scratch, 'out')), ['disk.img']);
    t.ok(old.equals(readFileSync(image)));
  }
});

t.test('stdout that is full', async (t) => {
  const { folder, image } = scratchFolder(t);
  await runTool('docteur.make', ['-q', folder, image]);
  const outcome = await runTool('docteur.verify', [image], { stdout: openSync('/dev/full', 'w') });
  t.equal(outcome.status, 74);
  t.match(outcome.stderr, /^docteur\.verify: stdout: cannot write: no space left on device\n$/);
});
