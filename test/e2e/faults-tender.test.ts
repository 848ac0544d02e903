// What may happen to a tender from outside: see the table of faults in tender/README.md.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createFileDevice } from '../../tender/block/file-device.ts';
import { becomes, childrenOf, isAlive, isRoot, sharersOfMemory } from '../fixtures/processes.ts';
import {
  buildGuest,
  runTender,
  scratchFolder,
  startNode,
  startTender,
  TENDER,
  writeGuest,
} from '../fixtures/tender.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const reread = await buildGuest('reread', folder);
const simple = join(import.meta.dirname, '../../dist/guests/simple.js');
const README = 'what every guest reads\n';
const image = join(folder, 'disk.img');
mkdirSync(join(folder, 'source'));
writeFileSync(join(folder, 'source/README.md'), README);
await runTool('docteur.make', ['-q', join(folder, 'source'), image]);
const readReadme = [`--block:docteur=${image}`, '--', simple, '--filename=README.md'];

let disks = 0;
function newDisk(): string {
  const path = join(folder, `disk-${disks++}`);
  writeFileSync(path, Buffer.alloc(1 << 18, 'docteur '));
  return path;
}

/** A tender whose guest reads `disk` for ever, and has read it once; its guest's process. */
async function startReader(disk: string, options: readonly string[] = []) {
  const tender = startTender([...options, `--block:disk=${disk}`, reread]);
  await tender.firstOutput;
  return { tender, guest: childrenOf(tender.pid)[0] as number };
}

async function endsWith(t: Test, pids: readonly number[]): Promise<void> {
  t.ok(await becomes(() => !pids.some(isAlive)), 'no process is left');
}

t.test('an image that is cut while a guest reads it', async (t) => {
  for (const sandbox of ['strict', 'portable']) {
    const disk = newDisk();
    const { tender, guest } = await startReader(disk, [`--sandbox=${sandbox}`]);
    truncateSync(disk, 100_000);
    const { status, stderr } = await tender.outcome;
    t.equal(status, 1);
    t.match(stderr, /^tender: Fatal error when reading: the file ends at byte \d+\n$/m);
    await endsWith(t, [guest]);
  }
});

t.test('an image that is replaced or made unreadable: the guest reads on', async (t) => {
  const disk = newDisk();
  const { tender, guest } = await startReader(disk);
  writeFileSync(`${disk}.new`, '');
  renameSync(`${disk}.new`, disk);
  chmodSync(disk, 0);
  await delay(200);
  t.ok(isAlive(guest));
  tender.kill('SIGTERM');
  t.match(await tender.outcome, { status: 1, stderr: 'tender: Exiting on signal 15\n' });
});

t.test('a disk that fails to read is the host’s fault', async (t) => {
  // Reading the memory of a process where nothing is mapped is an I/O error of the kernel's own.
  const fd = openSync('/proc/self/mem', 'r');
  const path = '/proc/self/mem';
  const device = createFileDevice({ path, fd, sectorSize: 512, capacity: 8, writable: false });
  const error = { name: 'HostError', message: /^Fatal error when reading: EIO/ };
  t.throws(() => device.read(0, [new Uint8Array(512)]), error);
  t.throws(() => device.read(0, [new Uint8Array(512), new Uint8Array(512)]), error);
  device.close();
});

t.test('no descriptors left', async (t) => {
  const empty = join(folder, 'empty.cjs');
  writeFileSync(empty, '');
  const limited = (files: number, args: readonly string[]) => {
    // tap's own hooks take descriptors too, where they find a Node.
    const clean = ['env', '-i', `PATH=${process.env.PATH}`, process.execPath];
    const options = { timeout: 20_000, encoding: 'utf8' } as const;
    return spawnSync('prlimit', [`--nofile=${files}:${files}`, ...clean, ...args], options);
  };
  const ends = new Set<number | null>();
  for (const files of [22, 26, 64]) {
    // With fewer still, Node itself does not start.
    if (limited(files, [empty]).status !== 0) continue;
    const { status, stdout, stderr } = limited(files, [TENDER, ...readReadme]);
    ends.add(status);
    if (status === 0) t.equal(stdout, README);
    else t.match(stderr, /^tender: [^\n]*too many open files\n$/i, `${files} descriptors`);
  }
  t.strictSame([...ends].sort(), [0, 1]);
});

t.test('a guest that is killed by somebody else', async (t) => {
  const { tender, guest } = await startReader(newDisk());
  process.kill(guest, 'SIGKILL');
  t.match(await tender.outcome, { status: 137, stderr: 'tender: guest ended by SIGKILL\n' });
});

t.test('a guest that is stopped never answers, and can be ended', async (t) => {
  const { tender, guest } = await startReader(newDisk());
  process.kill(guest, 'SIGSTOP');
  tender.kill('SIGTERM');
  t.match(await tender.outcome, { status: 1, stderr: 'tender: Exiting on signal 15\n' });
  await endsWith(t, [guest]);
});

t.test('a tender that is killed leaves no guest, no lock and no shared memory', async (t) => {
  const disk = newDisk();
  const { tender, guest } = await startReader(disk);
  const flock = () => spawnSync('flock', ['--exclusive', '--nonblock', disk, 'true']).status;
  t.not(flock(), 0, 'the disk is locked');
  // The guest is not dumpable: only root may look at its memory.
  const sharers = isRoot ? [tender.pid, guest] : [tender.pid];
  for (const pid of sharers) t.ok(sharersOfMemory().includes(pid));
  tender.kill('SIGKILL');
  t.match(await tender.outcome, { signal: 'SIGKILL' });
  await endsWith(t, [guest]);
  for (const pid of sharers) t.notOk(sharersOfMemory().includes(pid));
  t.equal(flock(), 0, 'the disk can be locked again');
});

t.test('a portable guest that never ends dies with its tender', async (t) => {
  const spins = writeGuest(
    folder,
    'spins.js',
    'solo5machine.consoleWrite(new Uint8Array([33])); for (;;);',
  );
  // By the kernel where there is koffi, else by a shell that waits.
  const bare = join(folder, 'bare');
  cpSync(join(TENDER, '../..'), join(bare, 'dist'), { recursive: true });
  for (const [tender, children] of [
    [TENDER, 1],
    [join(bare, 'dist/bin/tender.js'), 2],
  ] as const) {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const started = startNode([tender, '--sandbox=portable', spins]);
      await started.firstOutput;
      const count = () => childrenOf(started.pid).length;
      t.ok(await becomes(() => count() === children), `${children} processes`);
      const all = childrenOf(started.pid);
      started.kill(signal);
      await started.outcome;
      await endsWith(t, all);
    }
  }
});

for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  t.test(`${signal} while the guest reads`, async (t) => {
    const { tender, guest } = await startReader(newDisk());
    tender.kill(signal);
    t.match(await tender.outcome, {
      status: 1,
      stderr: `tender: Exiting on signal ${number}\n`,
    });
    await endsWith(t, [guest]);
  });
}

t.test('SIGPIPE: only a write that fails says that stdout is gone', async (t) => {
  const { tender, guest } = await startReader(newDisk());
  tender.kill('SIGPIPE');
  await delay(100);
  t.ok(isAlive(tender.pid) && isAlive(guest), 'both go on');
  tender.kill('SIGTERM');
  t.match(await tender.outcome, { status: 1 });
  await endsWith(t, [guest]);
});

t.test('stdout that is full or closed', async (t) => {
  const full = openSync('/dev/full', 'w');
  const outcome = await runTender(readReadme, { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  t.match(outcome, {
    status: 1,
    stderr: 'tender: stdout: ENOSPC: no space left on device, write\n',
  });
  const closed = spawnSync(
    'sh',
    ['-c', 'exec env -i PATH="$PATH" "$@" >&-', 'sh', process.execPath, TENDER, ...readReadme],
    { timeout: 20_000 },
  );
  t.equal(closed.status, 0, 'Node puts /dev/null in its place');
});

t.test('a hundred guests on one image, twenty of them alive at once', async (t) => {
  const idle = writeGuest(
    folder,
    'idle.js',
    'solo5machine.consoleWrite(new Uint8Array([33])); solo5machine.wait([{ id: 0, seen: 0 }]);',
    [{ name: 'docteur', type: 'BLOCK_BASIC' }],
  );
  const alive = Array.from({ length: 20 }, () =>
    startTender([`--block:docteur=${image}`, idle], {}, 120_000),
  );
  await Promise.all(alive.map(({ firstOutput }) => firstOutput));
  t.ok(alive.every(({ pid }) => childrenOf(pid).length === 1));
  let left = 80;
  const right: boolean[] = [];
  async function work(): Promise<void> {
    while (left-- > 0) {
      const { status, stdout } = await startTender(readReadme, {}, 120_000).outcome;
      right.push(status === 0 && stdout.toString() === README);
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
  t.equal(right.filter(Boolean).length, 80);
  const guests = alive.flatMap(({ pid }) => childrenOf(pid));
  for (const tender of alive) tender.kill('SIGTERM');
  for (const tender of alive) t.match(await tender.outcome, { status: 1 });
  await endsWith(t, guests);
});

t.test('where the kernel makes no memory files, messages do', async (t) => {
  const launcher = join(import.meta.dirname, '../fixtures/without-call.ts');
  const node = ['--conditions=docteur:source', launcher, 'memfd_create', process.execPath];
  for (const sandbox of ['strict', 'none']) {
    const [block = '', ...rest] = readReadme;
    const tender = [TENDER, `--sandbox=${sandbox}`, block, '--', simple, '--solo5:info'];
    const args = [...node, ...tender, ...rest.slice(2)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: {},
    });
    t.match({ status, stdout }, { status: 0, stdout: README });
    t.match(stderr, /guest runs: messages/);
  }
});

t.test('where /proc is not mounted', async (t) => {
  const script = 'mount -t tmpfs none /proc || exit 99; exec "$@"';
  const run = (...options: string[]) =>
    spawnSync(
      'unshare',
      ['-rm', 'sh', '-c', script, 'sh', process.execPath, TENDER, ...options, ...readReadme],
      { encoding: 'utf8', env: { PATH: process.env.PATH } },
    );
  const { status, stderr } = run();
  if (status === null || status === 99 || stderr.startsWith('unshare:')) {
    t.pass('no mounts here', { skip: stderr });
    return;
  }
  t.equal(status, 1);
  t.match(stderr, /^tender: \/proc is not mounted, and the strict sandbox needs it: [^\n]+\n$/);
  for (const sandbox of ['portable', 'none']) {
    t.match(run(`--sandbox=${sandbox}`), { status: 0, stdout: README }, sandbox);
  }
});
