// What may happen to docteur.make from outside: see the table of faults in image-tools/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openImageFile } from '../../guest/host/index.ts';
import { verifyImage } from '../../image-tools/verify/verify.ts';
import { startHalfServer } from '../fixtures/git-half-server.ts';
import { becomes, isAlive, isRoot, processesWith } from '../fixtures/processes.ts';
import { FIVE_FILE_DATE, runTool, startTool, writeFiveFileFolder } from '../fixtures/tools.ts';

/** The long ones belong to `make soak`. */
const long = process.env.DOCTEUR_LONG === '1' ? {} : { skip: 'long: make soak' };

function scratchFolder(t: Test): { scratch: string; folder: string; out: string; image: string } {
  // A short path of its own, which anybody may enter.
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-faults-'));
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
  chmodSync(scratch, 0o755);
  const [folder, out] = [join(scratch, 'folder'), join(scratch, 'out')];
  mkdirSync(folder);
  mkdirSync(out);
  writeFiveFileFolder(folder);
  return { scratch, folder, out, image: join(out, 'disk.img') };
}

t.test('killed at any moment: the old image or the new one, and no litter', async (t) => {
  const { scratch, folder, out, image } = scratchFolder(t);
  const kills = Number(process.env.DOCTEUR_KILLS ?? 10);
  const make = ['-q', '-d', FIVE_FILE_DATE, folder];
  await runTool('docteur.make', [...make, image]);
  const old = readFileSync(image);
  for (let i = 0; i < 300; i++) writeFileSync(join(folder, `${i}`), `${'line\n'.repeat(500)}${i}`);
  const start = performance.now();
  const other = join(scratch, 'new.img');
  await runTool('docteur.make', [...make, other]);
  const milliseconds = performance.now() - start;
  const complete = readFileSync(other);
  for (let i = 0; i < kills; i++) {
    writeFileSync(image, old);
    const { child, outcome } = startTool('docteur.make', [...make, image]);
    // The first of them late, where the file is written.
    await setTimeout(milliseconds * (i % 2 === 0 ? 1 - Math.random() / 3 : Math.random()));
    child.kill('SIGKILL');
    await outcome;
    t.ok(await becomes(() => readdirSync(out).length === 1), 'no litter');
    const now = readFileSync(image);
    t.ok(now.equals(old) || now.equals(complete), 'old or new');
  }
});

t.test('a full disk', async (t) => {
  const { scratch, folder, out, image } = scratchFolder(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', out]).status !== 0) {
    t.skip('nobody but root may mount', () => {});
    return;
  }
  t.teardown(() => spawnSync('umount', [out]));
  await runTool('docteur.make', ['-q', folder, image]);
  const old = readFileSync(image);
  const random = Buffer.alloc(1 << 21);
  writeFileSync(
    join(folder, 'noise'),
    random.map(() => Math.random() * 256),
  );
  const { status, stderr } = await runTool('docteur.make', ['-q', folder, image]);
  t.equal(status, 74);
  t.match(stderr, /^docteur\.make: .*disk\.img: cannot write: no space left on device\n$/);
  t.strictSame(readdirSync(out), ['disk.img']);
  t.ok(old.equals(readFileSync(image)));
  const large = join(scratch, 'large.img');
  await runTool('docteur.make', ['-q', folder, large]);
  t.match(await runTool('docteur', ['export', '--git', join(out, 'x.git'), large]), {
    status: 74,
    stderr: /^docteur export: .*x\.git: cannot write: no space left on device\n$/,
  });
  t.strictSame(readdirSync(out), ['disk.img']);
});

t.test('a current folder that was removed', async (t) => {
  const { scratch, folder, image } = scratchFolder(t);
  const tool = join(import.meta.dirname, '../../dist/bin/docteur.make.js');
  // Without tap's own hooks, which need that folder.
  const script = 'unset NODE_OPTIONS; mkdir gone && cd gone && rmdir ../gone && exec "$@"';
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', script, 'sh', process.execPath, tool, '-q', folder, image],
    { cwd: scratch, encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
  t.equal(status, 73);
  t.match(stderr, /^docteur\.make: .*the current folder was removed: go to another one\n$/);
  t.notOk(existsSync(image));
});

t.test('no permission on a file or a folder', async (t) => {
  const { folder, out, image } = scratchFolder(t);
  chmodSync(out, 0o777);
  const make = join(import.meta.dirname, '../../dist/bin/docteur.make.js');
  const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const command = [...asNobody, 'env', '-i', process.execPath, make, '-q', folder, image];
  const run = () => {
    const [file, ...args] = command as [string, ...string[]];
    return spawnSync(file, args, { encoding: 'utf8' });
  };
  const first = run();
  if (first.status !== 0) {
    t.skip(`nobody cannot run Node here: ${first.stderr}`, () => {});
    return;
  }
  for (const path of ['foo', 'tree']) {
    chmodSync(join(folder, path), 0);
    const { status, stderr } = run();
    t.equal(status, 66);
    t.equal(stderr, `docteur.make: ${join(folder, path)}: permission denied\n`);
    chmodSync(join(folder, path), 0o755);
  }
  chmodSync(out, 0o555);
  const { status, stderr } = run();
  t.equal(status, 73);
  t.match(stderr, /disk\.img: cannot create: permission denied\n$/);
  t.strictSame(readdirSync(out), ['disk.img']);
  chmodSync(out, 0o755);
});

t.test('a folder that changes while it is read', async (t) => {
  const { folder, out, image } = scratchFolder(t);
  for (let i = 0; i < 200; i++) writeFileSync(join(folder, `${i}`), `${'x'.repeat(50_000)}${i}`);
  const seen = new Set<number | null>();
  // Four times at least, and until it was met.
  for (let round = 0; round < 4 || (round < 40 && !seen.has(74)); round++) {
    const { child, outcome } = startTool('docteur.make', ['-q', folder, image]);
    for (let i = 0; child.exitCode === null && i < 100_000; i++) {
      appendFileSync(join(folder, `${i % 200}`), 'more');
      if (i % 50 === 0) rmSync(join(folder, '7'), { force: true });
      await setTimeout(0);
    }
    const { status, stderr } = await outcome;
    seen.add(status);
    if (status === 0) {
      t.ok((await verifyImage(image)).objects > 200, 'a sound image');
    } else {
      t.equal(status, 74);
      t.match(
        stderr,
        /^docteur\.make: [^\n]+: (changed while it was (read|packed)|vanished [^\n]+)\n$/,
      );
    }
    t.ok(readdirSync(out).length <= 1, 'no litter');
  }
  t.ok(seen.has(74), `ends seen: ${[...seen]}`);
});

t.test('links that loop, FIFOs, sockets and devices', async (t) => {
  const { folder, image } = scratchFolder(t);
  symlinkSync('loop', join(folder, 'loop'));
  symlinkSync('..', join(folder, 'tree/up'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const server = createServer().listen(join(folder, 'socket'));
  t.teardown(() => void server.close());
  const device = spawnSync('mknod', [join(folder, 'device'), 'c', '1', '3']).status === 0;
  const { status, stderr } = await runTool('docteur.make', [folder, image]);
  t.equal(status, 0);
  for (const kind of ['FIFO', 'socket', ...(device ? ['device'] : [])]) {
    t.match(stderr, new RegExp(`${kind.toLowerCase()}: skipped: a ${kind}\n`));
  }
  const opened = openImageFile(image, { check: true });
  t.equal(Buffer.from(opened.fs.readLink('loop')).toString(), 'loop');
  t.equal(opened.fs.exists('fifo'), undefined);
  opened.close();
});

t.test('paths of 4,000 bytes, and longer ones than the system takes', async (t) => {
  const { scratch, folder, image } = scratchFolder(t);
  const levels = (count: number) => Array(count).fill('n'.repeat(199)).join('/');
  const deepest = levels(Math.floor((4000 - folder.length) / 200));
  mkdirSync(join(folder, deepest), { recursive: true });
  const path = `${deepest}/file`;
  writeFileSync(join(folder, path), 'x\n');
  t.ok(path.length > 3700);
  const made = await runTool('docteur.make', ['-q', folder, image]);
  t.match(made, { status: 0, stderr: '' });
  const opened = openImageFile(image, { check: true });
  t.equal(Buffer.from(opened.fs.get(path)).toString(), 'x\n');
  opened.close();
  // Only a part at a time can be made, or removed.
  const below = join(scratch, 'below');
  mkdirSync(join(below, levels(12)), { recursive: true });
  const above = join(folder, levels(12), 'below');
  renameSync(below, above);
  const { status, stderr } = await runTool('docteur.make', ['-q', folder, image]);
  t.equal(status, 66);
  t.match(stderr, /: name too long\n$/);
  renameSync(above, below);
});

t.test('a date or a clock before 1970', async (t) => {
  const { folder, image } = scratchFolder(t);
  const refused = await runTool('docteur.make', ['-d', '1969-12-31T23:59:59Z', folder, image]);
  t.equal(refused.status, 64);
  const clock = '--import=data:text/javascript,Date.now=()=>-1e12';
  const made = await runTool('docteur.make', ['-q', folder, image], {
    env: { NODE_OPTIONS: clock },
  });
  t.equal(made.status, 0);
  t.equal((await verifyImage(image)).details.committer.seconds, 0);
});

t.test('a git that hangs is ended with us', async (t) => {
  const { scratch, out, image } = scratchFolder(t);
  mkdirSync(join(scratch, 'bin'));
  mkdirSync(join(scratch, 'tmp'));
  writeFileSync(join(scratch, 'bin/git'), '#!/bin/sh\nexec sleep 1000.5\n', { mode: 0o755 });
  const hanging = () => processesWith('sleep\x001000.5');
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { child, outcome } = startTool('docteur.make', ['git://127.0.0.1/x', image], {
      env: { PATH: `${join(scratch, 'bin')}:${process.env.PATH}`, TMPDIR: join(scratch, 'tmp') },
    });
    t.ok(await becomes(() => hanging().length > 0), 'it hangs');
    child.kill(signal);
    t.equal((await outcome).signal, signal);
    t.ok(await becomes(() => hanging().length === 0), 'git is gone');
    t.ok(await becomes(() => readdirSync(join(scratch, 'tmp')).length === 0), 'so is its folder');
  }
  t.strictSame(readdirSync(out), []);
});

t.test('a server that hangs up halfway', async (t) => {
  const { scratch, out, image } = scratchFolder(t);
  mkdirSync(join(scratch, 'tmp'));
  const oid = 'c0ffee00'.repeat(5);
  const line = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
  const advertisement = line(`${oid} HEAD\0multi_ack side-band-64k ofs-delta\n`);
  const master = `${line(`${oid} refs/heads/master\n`)}0000`;
  for (const bytes of [
    '',
    '00',
    advertisement.slice(0, 40),
    advertisement,
    advertisement + master,
  ]) {
    const server = await startHalfServer(bytes, true);
    const { status, stderr } = await runTool('docteur.make', [server.address, image], {
      env: { TMPDIR: join(scratch, 'tmp') },
    });
    server.close();
    t.equal(status, 69, `after ${bytes.length} bytes`);
    t.match(stderr, /^docteur\.make: [^\n]+\n$/, 'one line');
  }
  t.strictSame(readdirSync(out), []);
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
});

t.test('a sparse file of 5 GiB', long, async (t) => {
  const { folder, image } = scratchFolder(t);
  writeFileSync(join(folder, 'sparse'), '');
  truncateSync(join(folder, 'sparse'), 5 * 2 ** 30);
  const { status } = await runTool('docteur.make', ['-q', folder, image]);
  t.equal(status, 0);
  const opened = openImageFile(image);
  t.equal(opened.fs.size('sparse'), 5 * 2 ** 30);
  t.strictSame([...opened.fs.getPartial('sparse', 1000, 3)], [0, 0, 0]);
  opened.close();
});

t.test('200,000 files', long, async (t) => {
  const { folder, image } = scratchFolder(t);
  for (let i = 0; i < 200_000; i++) {
    const sub = join(folder, `${i % 100}`);
    if (i < 100) mkdirSync(sub);
    writeFileSync(join(sub, `${i}`), `${i}`);
  }
  const { child, outcome } = startTool('docteur.make', ['-q', folder, image]);
  t.equal((await outcome).status, 0);
  t.notOk(isAlive(child.pid as number));
  const opened = openImageFile(image);
  for (const i of [0, 77_777, 199_999]) {
    t.equal(Buffer.from(opened.fs.get(`${i % 100}/${i}`)).toString(), `${i}`);
  }
  opened.close();
  t.ok(existsSync(image));
});
