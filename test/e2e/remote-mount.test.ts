// Mounted images that are elsewhere: what programs see of them while the network works, hangs, fails and is gone.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
// The server is in this process: nothing here may wait for it on this thread.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mountAt } from '../../image-tools/mount/mount-table.ts';
import { fuseImage, LARGE, MANY } from '../fixtures/fuse-image.ts';
import { type Fault, serveImage } from '../fixtures/image-server.ts';
import { AS_ROOT } from '../fixtures/mounts.ts';
import { becomes, childrenOf, commandOf, isAlive, processesWith } from '../fixtures/processes.ts';
import { has } from '../fixtures/serve.ts';
import { runTool, startTool } from '../fixtures/tools.ts';

const folder = t.testdir();
const image = join(folder, 'disk.img');
const content = (() => {
  const bytes = fuseImage();
  const whole = Buffer.alloc(Math.ceil(bytes.length / 512) * 512);
  whole.set(bytes);
  return whole;
})();
writeFileSync(image, content);
const commit = createHash('sha1').update('none').digest('hex');
let points = 0;

function newPoint(): string {
  const point = join(folder, `mount-${points++}`);
  mkdirSync(point);
  return point;
}

/** A mount in the foreground. */
async function mount(t: Test, address: string, ...options: string[]) {
  const point = newPoint();
  const env = { NOT_OF_THE_NETWORK: 'secret' };
  const tool = startTool('docteur', ['mount', '-f', ...options, address, point], { env });
  t.teardown(() => {
    tool.child.kill('SIGKILL');
    spawnSync('umount', ['-l', point]);
  });
  t.ok(await becomes(() => mountAt(point) !== undefined), 'it is mounted');
  const pid = tool.child.pid as number;
  const fetcher = () =>
    childrenOf(pid).find((child) => commandOf(child).includes('runtime/fetcher.cjs'));
  t.ok(await becomes(() => fetcher() !== undefined));
  // From then on the image is open.
  t.equal(await readFile(join(point, 'a.sh'), 'utf8'), '#!/bin/sh\necho a\n');
  return { ...tool, pid, point, fetcher: fetcher() as number };
}

/** A program that reads a file, away from this thread: whether it could, and how it failed. */
function readElsewhere(path: string, program = 'cat', args: readonly string[] = []) {
  const child = spawn(program, [...args, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  const bytes: Buffer[] = [];
  let words = '';
  child.stdout.on('data', (piece: Buffer) => bytes.push(piece));
  child.stderr.on('data', (piece) => (words += piece));
  const ended = new Promise<{ content: Buffer; words: string; signal: string | null }>((resolve) =>
    child.once('close', (_, signal) => resolve({ content: Buffer.concat(bytes), words, signal })),
  );
  return { child, ended };
}

/** A server that can be held, and be made to fail. */
async function serve(t: Test) {
  let mood: 'well' | 'silent' | 'failing' = 'well';
  const held: (() => void)[] = [];
  const fault: Fault = ({ response, answer }) => {
    if (mood === 'well') return false;
    if (mood === 'failing') {
      answer.status = 503;
      return false;
    }
    held.push(() => response.destroy());
    return true;
  };
  const server = await serveImage(t, content, fault);
  return {
    server,
    held,
    turn(next: typeof mood) {
      mood = next;
      for (const release of held.splice(0)) release();
    },
  };
}

const skip = AS_ROOT.skip;

t.test('the files, and what protects them', { skip }, async (t) => {
  const { server } = await serve(t);
  const { child, outcome, pid, point, fetcher } = await mount(
    t,
    `${server.origin}/disk.img?key=secret`,
  );
  t.ok((await readFile(join(point, 'large'))).equals(LARGE));
  t.equal((await readdir(join(point, 'many'))).length, MANY);
  t.equal(await readFile(join(point, 'many/file-1500'), 'utf8'), 'number 500\n');
  t.ok(server.sent < 2 * content.length, 'little is fetched twice');
  t.equal(mountAt(point)?.source, `${server.origin}/disk.img?...`, 'nothing secret is shown');
  for (const one of [pid, fetcher]) {
    for (const said of ['cmdline', 'environ']) {
      t.notMatch(readFileSync(`/proc/${one}/${said}`, 'utf8'), 'secret');
    }
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    t.match(status, /^Seccomp:\s+2$/m);
    t.match(status, /^NoNewPrivs:\s+1$/m);
    for (const set of ['Prm', 'Eff', 'Bnd', 'Amb']) {
      t.match(status, new RegExp(`^Cap${set}:\\s+0{16}$`, 'm'));
    }
  }
  child.kill('SIGTERM');
  t.match(await outcome, { status: 0, stderr: '' });
  t.ok(await becomes(() => !isAlive(fetcher)), 'who fetches ends with it');
  t.ok(await becomes(() => processesWith(point).length === 0), 'no process is left');
});

t.test('the network hangs: others are answered, and who waits may leave', { skip }, async (t) => {
  const { server, held, turn } = await serve(t);
  const { point } = await mount(t, server.origin);
  turn('silent');
  // Past the system's cache: whoever waits for that may leave anyway.
  const direct = ['-c', 'exec dd if="$1" iflag=direct bs=4096 skip=256 count=1 of=/dev/null', 'sh'];
  const waiting = readElsewhere(join(point, 'large'), 'sh', direct);
  t.ok(await becomes(() => held.length > 0), 'it is asked for');
  t.ok((await stat(join(point, 'many'))).isDirectory(), 'what is known is answered');
  waiting.child.kill('SIGINT');
  t.equal((await waiting.ended).signal, 'SIGINT', 'nobody is held by a network');
  const other = readElsewhere(join(point, 'large'));
  t.ok(await becomes(() => held.length > 0));
  turn('well');
  t.ok((await other.ended).content.equals(LARGE), 'a request that broke off is made again');
});

t.test(
  'the network fails: an error of that file, and the next one tries again',
  { skip },
  async (t) => {
    const { server, turn } = await serve(t);
    const { child, outcome, point } = await mount(t, server.origin);
    turn('failing');
    const { words } = await readElsewhere(join(point, 'large')).ended;
    t.match(words, /Input\/output error/);
    turn('well');
    t.ok((await readFile(join(point, 'large'))).equals(LARGE));
    child.kill('SIGTERM');
    const { status, stderr } = await outcome;
    t.equal(status, 0);
    t.equal(stderr, `docteur mount: ${server.origin}/: Failed 5 times, at last: status 503\n`);
  },
);

t.test('the image changes: never a mixture', { skip }, async (t) => {
  const changed: Fault = ({ answer, number }) => {
    if (number > before) answer.headers.etag = '"two"';
  };
  let before = Number.POSITIVE_INFINITY;
  const server = await serveImage(t, content, (visit) => changed(visit));
  const { point } = await mount(t, server.origin);
  before = server.ranges.length;
  t.match((await readElsewhere(join(point, 'large')).ended).words, /Input\/output error/);
});

t.test('who fetches dies: the mount ends, and says so', { skip }, async (t) => {
  const { server } = await serve(t);
  const { outcome, point, fetcher } = await mount(t, server.origin);
  process.kill(fetcher, 'SIGKILL');
  t.match(await outcome, {
    status: 1,
    stderr: 'docteur mount: the process that fetches the image has ended\n',
  });
  t.ok(await becomes(() => mountAt(point) === undefined));
});

t.test('the server dies: so does who fetches', { skip }, async (t) => {
  const { server } = await serve(t);
  const { child, fetcher, point } = await mount(t, server.origin);
  child.kill('SIGKILL');
  t.ok(await becomes(() => !isAlive(fetcher)));
  t.ok(await becomes(() => mountAt(point) === undefined));
});

t.test('over NBD, through QEMU, and in the background with a cache', { skip }, async (t) => {
  if (has('nbdkit')) {
    const socket = join(folder, 'nbd.sock');
    const nbdkit = spawn('nbdkit', ['-f', '-r', '-U', socket, 'file', image], { stdio: 'ignore' });
    t.teardown(() => nbdkit.kill('SIGKILL'));
    t.ok(await becomes(() => spawnSync('nbdinfo', [`nbd+unix:///?socket=${socket}`]).status === 0));
    const { point } = await mount(t, `nbd+unix:///?socket=${socket}`);
    t.ok((await readFile(join(point, 'large'))).equals(LARGE));
    nbdkit.kill('SIGKILL');
    t.ok(await becomes(() => !isAlive(nbdkit.pid as number)));
    const { words } = await readElsewhere(join(point, 'many/file-1700')).ended;
    t.match(words, /^$|Input\/output error/, 'what is not at hand is an error');
  } else t.pass('skipped: nbdkit is not installed');
  if (has('qemu-nbd')) {
    const disk = join(folder, 'disk.qcow2');
    spawnSync('qemu-img', ['convert', '-O', 'qcow2', image, disk]);
    const { point, child, outcome } = await mount(t, `qemu:${disk}`);
    t.ok((await readFile(join(point, 'large'))).equals(LARGE));
    child.kill('SIGTERM');
    t.match(await outcome, { status: 0, stderr: '' });
    t.ok(await becomes(() => processesWith(disk).length === 0), 'qemu-nbd ends too');
  } else t.pass('skipped: qemu-nbd is not installed');
  const { server } = await serve(t);
  const cache = join(folder, 'cache');
  for (const visit of [1, 2]) {
    const point = newPoint();
    const before = server.sent;
    const options = ['--cache', cache, '--log', join(folder, 'log')];
    t.match(await runTool('docteur', ['mount', ...options, server.origin, point]), { status: 0 });
    t.ok((await readFile(join(point, 'large'))).equals(LARGE));
    t.match(await runTool('docteur', ['umount', point]), { status: 0 });
    if (visit === 2) t.ok(server.sent - before < 200_000, 'it comes from the cache');
  }
  t.equal(readFileSync(join(folder, 'log'), 'utf8'), '');
});

t.test('what cannot be mounted', { skip }, async (t) => {
  const { server, turn } = await serve(t);
  const point = newPoint();
  const outcome = (...args: string[]) => runTool('docteur', ['mount', '-f', ...args, point]);
  t.match(await outcome(`--commit=${commit}`, server.origin), { status: 65, stderr: /commit/ });
  t.match(await outcome('nbd+unix:///?socket=/absent'), {
    status: 69,
    stderr: /^docteur mount: .*\n$/,
  });
  turn('failing');
  t.match(await outcome(server.origin), { status: 69, stderr: /^docteur mount: .*503\n$/ });
  t.equal(mountAt(point), undefined);
  t.ok(await becomes(() => processesWith(point).length === 0), 'no process is left');
});
