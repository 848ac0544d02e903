// The life of a mount: how it begins, and that nothing that hangs is left however it ends.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mountAt } from '../../image-tools/mount/mount-table.ts';
import { fuseImage, LARGE } from '../fixtures/fuse-image.ts';
import { AS_ROOT } from '../fixtures/mounts.ts';
import { becomes, isAlive, processesWith } from '../fixtures/processes.ts';
import { runTool, startTool } from '../fixtures/tools.ts';

const folder = t.testdir();
const image = join(folder, 'disk.img');
writeFileSync(image, fuseImage());
let points = 0;

function newPoint(): string {
  const point = join(folder, `mount-${points++}`);
  mkdirSync(point);
  return point;
}

/** A mount in the foreground. */
async function mount(t: Test, ...options: string[]) {
  const point = newPoint();
  const tool = startTool('docteur', ['mount', '-f', ...options, image, point]);
  t.teardown(() => {
    tool.child.kill('SIGKILL');
    spawnSync('umount', ['-l', point]);
  });
  t.ok(await becomes(() => mountAt(point) !== undefined), 'it is mounted');
  return { ...tool, pid: tool.child.pid as number, point };
}

const skip = AS_ROOT.skip;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  t.test(`${signal} ends a mount`, { skip }, async (t) => {
    const { child, outcome, point } = await mount(t);
    t.equal(readFileSync(join(point, 'a.sh'), 'utf8'), '#!/bin/sh\necho a\n');
    child.kill(signal);
    t.match(await outcome, { status: 0, stderr: '' });
    t.equal(mountAt(point), undefined);
    t.ok(await becomes(() => processesWith(point).length === 0), 'no process is left');
  });
}

t.test('a mount that is in use is detached, and served to the end', { skip }, async (t) => {
  const { child, outcome, point } = await mount(t);
  const fd = openSync(join(point, 'large'), 'r');
  child.kill('SIGTERM');
  t.ok(await becomes(() => mountAt(point) === undefined));
  const part = Buffer.alloc(1000);
  readSync(fd, part, 0, part.length, 2 ** 20);
  t.ok(part.equals(LARGE.subarray(2 ** 20, 2 ** 20 + 1000)), 'it is still read');
  closeSync(fd);
  const { status, stderr } = await outcome;
  t.equal(status, 0);
  t.equal(
    stderr,
    `docteur mount: ${point} is in use: it is detached, and served until its last file is closed\n`,
  );
});

t.test('a second signal does not wait', { skip }, async (t) => {
  const { child, outcome, point } = await mount(t);
  const fd = openSync(join(point, 'large'), 'r');
  child.kill('SIGTERM');
  t.ok(await becomes(() => mountAt(point) === undefined));
  child.kill('SIGTERM');
  t.equal((await outcome).status, 1);
  t.throws(() => readSync(fd, Buffer.alloc(10), 0, 10, 0), { code: 'ENOTCONN' });
  t.throws(() => closeSync(fd), { code: 'ENOTCONN' });
});

t.test('kill -9 leaves nothing that hangs', { skip }, async (t) => {
  const { child, outcome, point } = await mount(t);
  const fd = openSync(join(point, 'large'), 'r');
  child.kill('SIGKILL');
  t.equal((await outcome).signal, 'SIGKILL');
  t.ok(await becomes(() => mountAt(point) === undefined), 'the watcher took it away');
  t.same(readdirSync(point), [], 'the folder itself is there again');
  t.throws(() => closeSync(fd), { code: 'ENOTCONN' });
  t.ok(await becomes(() => processesWith(point).length === 0), 'no process is left');
});

t.test('umount, fusermount3 -u and docteur umount end it', { skip }, async (t) => {
  for (const words of [['umount'], ['fusermount3', '-u'], ['docteur', 'umount']]) {
    const { outcome, point } = await mount(t);
    const [program = '', ...args] = words;
    if (program === 'docteur') {
      t.match(await runTool('docteur', ['umount', point]), { status: 0, stderr: '' });
    } else if (spawnSync(program, [...args, point]).error !== undefined) {
      t.pass(`skipped: no ${program} here`);
      continue;
    }
    t.match(await outcome, { status: 0, stderr: '' }, words.join(' '));
    t.ok(await becomes(() => processesWith(point).length === 0), 'no process is left');
  }
});

t.test('docteur umount names who uses a mount', { skip }, async (t) => {
  const { outcome, point } = await mount(t);
  const fd = openSync(join(point, 'a.sh'), 'r');
  const { status, stderr } = await runTool('docteur', ['umount', point]);
  t.equal(status, 69);
  t.match(stderr, `${point} is in use by process ${process.pid}`);
  t.ok(mountAt(point));
  t.match(await runTool('docteur', ['umount', '--lazy', point]), { status: 0, stderr: '' });
  t.equal(mountAt(point), undefined);
  closeSync(fd);
  t.equal((await outcome).status, 0);
});

t.test('in the background', { skip }, async (t) => {
  const point = newPoint();
  const log = join(folder, 'log');
  const damaged = join(folder, 'damaged.img');
  const bytes = Buffer.from(fuseImage());
  bytes.fill(0xee, 40, 20_000);
  writeFileSync(damaged, bytes);
  t.teardown(() => spawnSync('umount', ['-l', point]));
  const { status, stderr } = await runTool('docteur', ['mount', '--log', log, damaged, point]);
  t.match({ status, stderr }, { status: 0, stderr: '' });
  t.equal(mountAt(point)?.source, damaged);
  const [server = 0] = processesWith(`docteur mount ${damaged}`);
  const path = join(point, 'many/file-1000');
  for (let i = 0; i < 2; i++) t.throws(() => readFileSync(path), { code: 'EIO' });
  t.equal(readdirSync(join(point, 'many')).length, 1000, 'the mount is alive');
  t.ok(await becomes(() => readFileSync(log, 'utf8') !== ''));
  t.match(readFileSync(log, 'utf8'), /^docteur mount: [^\n]*damaged\.img: 'file-1000': [^\n]+\n$/);
  process.kill(server, 'SIGTERM');
  t.ok(await becomes(() => mountAt(point) === undefined));
  t.ok(await becomes(() => !isAlive(server)));
});

t.test('an image that is cut while it is mounted', { skip }, async (t) => {
  const cut = join(folder, 'cut.img');
  writeFileSync(cut, fuseImage());
  const point = newPoint();
  const { child, outcome } = startTool('docteur', ['mount', '-f', cut, point]);
  t.teardown(() => {
    child.kill('SIGKILL');
    spawnSync('umount', ['-l', point]);
  });
  t.ok(await becomes(() => mountAt(point) !== undefined), 'it is mounted');
  t.ok(readFileSync(join(point, 'a.sh')).length > 0);
  truncateSync(cut, 100);
  let failed = 0;
  const failure = () => {
    for (let i = 1000; i < 2000; i++) {
      try {
        readFileSync(join(point, `many/file-${i}`));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
        failed += 1;
      }
    }
    readFileSync(join(point, 'large'));
  };
  t.throws(failure, { code: 'EIO' });
  t.equal(readFileSync(join(point, 'a.sh'), 'utf8'), '#!/bin/sh\necho a\n', 'what is cached stays');
  child.kill();
  const { status, stderr } = await outcome;
  t.match(
    { status, stderr },
    { status: 0, stderr: /^docteur mount: [^\n]*cut\.img: cannot read: it was cut\n$/ },
    `${failed} failed`,
  );
});

t.test('owners', { skip }, async (t) => {
  const { child, outcome, point } = await mount(t, '--uid', '12', '--gid', '34', '--allow-other');
  const stat = spawnSync('stat', ['-c', '%u %g %a', point, join(point, 'a.sh')]);
  t.equal(stat.stdout.toString(), '12 34 755\n12 34 755\n');
  const args = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'cat'];
  // From inside: the folders above may be root's alone.
  const other = spawnSync('setpriv', [...args, 'a.sh'], { cwd: point });
  if (other.error !== undefined) t.pass('skipped: no setpriv here');
  else t.equal(other.stdout.toString(), '#!/bin/sh\necho a\n');
  child.kill();
  t.equal((await outcome).status, 0);
});

t.test('what cannot be mounted', async (t) => {
  const point = newPoint();
  const bad = join(folder, 'bad.img');
  appendFileSync(bad, 'x'.repeat(5000));
  for (const options of [['-f'], []]) {
    const fails = async (status: number, words: RegExp, ...args: string[]) => {
      const outcome = await runTool('docteur', ['mount', ...options, ...args], { cwd: folder });
      t.match(outcome, { status, stderr: words }, args.join(' '));
      t.equal(outcome.stderr.split('\n').length, 2, 'one line');
    };
    await fails(65, /^docteur mount: .*bad\.img: no PACK magic/, bad, point);
    // Called as it was given.
    await fails(65, /^docteur mount: bad\.img: no PACK magic/, 'bad.img', point);
    await fails(66, /^docteur mount: \.: not a regular file/, '.', point);
    await fails(66, /^docteur mount: .*absent: no such file/, join(folder, 'absent'), point);
    await fails(66, /^docteur mount: .*absent: no such file/, image, join(folder, 'absent'));
    await fails(66, /not a directory/, image, bad);
    await fails(64, /the path of the folder is empty/, image, '');
    await fails(64, /missing required argument/, image);
    await fails(64, /Not a number/, '--uid', '-1', image, point);
  }
  t.match(await runTool('docteur', ['umount', point]), {
    status: 66,
    stderr: /nothing is mounted/,
  });
  t.match(await runTool('docteur', ['umount', '']), { status: 64, stderr: /is empty/ });
  t.match(await runTool('docteur', ['umount', '/proc']), { status: 66, stderr: /not a docteur/ });
  t.same(processesWith(point), [], 'no process is left');
});
