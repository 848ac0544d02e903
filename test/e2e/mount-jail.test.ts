// What the server of a mounted image may still do: it needs its descriptors and memory, and has nothing else.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mountAt } from '../../image-tools/mount/mount-table.ts';
import { fuseImage, LARGE } from '../fixtures/fuse-image.ts';
import { AS_ROOT, IN_NAMESPACE } from '../fixtures/mounts.ts';
import { NODES } from '../fixtures/nodes.ts';
import { writeProbedMount } from '../fixtures/probed-mount.ts';
import { becomes, CONFINED_USER, isAlive, processesWith } from '../fixtures/processes.ts';

const root = join(import.meta.dirname, '../..');
const folder = t.testdir();
const image = join(folder, 'disk.img');
writeFileSync(image, fuseImage(), { mode: 0o600 });
const docteur = join(root, 'dist/bin/docteur.js');
let points = 0;

function newPoint(): string {
  const point = join(folder, `mount-${points++}`);
  mkdirSync(point);
  return point;
}

/** In the foreground; the number of the process is the server's. */
async function mount(t: Test, command: string, node = process.execPath) {
  const point = newPoint();
  const child: ChildProcess = spawn(node, [command, 'mount', '-f', image, point], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr?.on('data', (text) => (words += text));
  const ended = new Promise<{ status: number | null; signal: string | null; words: string }>(
    (resolve) => child.once('close', (status, signal) => resolve({ status, signal, words })),
  );
  t.teardown(() => {
    child.kill('SIGKILL');
    spawnSync('umount', ['-l', point]);
  });
  t.ok(await becomes(() => mountAt(point) !== undefined), 'it is mounted');
  t.equal(readFileSync(join(point, 'a.sh'), 'utf8'), '#!/bin/sh\necho a\n');
  return { child, ended, point, pid: child.pid as number };
}

const statusOf = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');

function checkWalls(t: Test, pid: number): void {
  const status = statusOf(pid);
  t.match(status, /^Seccomp:\s+2$/m);
  t.match(status, /^NoNewPrivs:\s+1$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
    t.match(status, new RegExp(`^Cap${set}:\\s+0{16}$`, 'm'), `${set} is empty`);
  }
  for (const ids of ['Uid', 'Gid']) {
    t.match(status, new RegExp(`^${ids}:(\\s+${CONFINED_USER}){4}$`, 'm'));
  }
  if (CONFINED_USER > 0) t.match(status, /^Groups:\s*$/m);
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  t.match(limits, /^Max processes\s+0\s+0 /m);
  t.match(limits, /^Max open files\s+16\s+16 /m);
  t.match(limits, /^Max core file size\s+0\s+0 /m);
  t.match(limits, /^Max data size\s+\d+\s+\d+ /m);
  for (const name of ['net', 'ipc']) {
    t.not(readlinkSync(`/proc/${pid}/ns/${name}`), readlinkSync(`/proc/self/ns/${name}`), name);
  }
}

/** What the server is asked in long work: all of it, again and again, with the caches dropped between. */
const WORK = `cd "$1" || exit; for _ in 1 2 3; do find . -type f -exec cat {} + | cksum; ls -lR >/dev/null
  echo 2 >/proc/sys/vm/drop_caches 2>/dev/null; done | sort -u | wc -l`;

for (const { version, path, skip } of NODES) {
  t.test(`the walls, by Node ${version}`, { skip: AS_ROOT.skip || skip }, async (t) => {
    const { child, ended, point, pid } = await mount(t, docteur, path);
    checkWalls(t, pid);
    const { stdout, stderr } = spawnSync('sh', ['-c', WORK, 'sh', point]);
    t.equal(stdout.toString().trim(), '1', stderr.toString());
    t.ok(readFileSync(join(point, 'large')).equals(LARGE));
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(statusOf(pid)) ?? [];
    t.ok(Number(kilobytes) < 100 * 1024, `at most ${kilobytes} kB of memory`);
    child.kill('SIGUSR1');
    t.ok(readFileSync(join(point, 'many/file-1007')).length > 0, 'there is no debugger to start');
    child.kill('SIGTERM');
    const { words, ...end } = await ended;
    t.strictSame(end, { status: 0, signal: null });
    t.match(words, /^[^\n]* the name is too long for Linux[^\n]*\n$/, 'nothing else is said');
  });
}

/** Higher than those that Node closes itself. */
const INHERITED = 40;

t.test('what it was started with is given up', { skip: AS_ROOT.skip }, async (t) => {
  const point = newPoint();
  const stranger = join(folder, 'stranger');
  writeFileSync(stranger, 'nobody may read it');
  const fd = openSync(stranger, 'r');
  const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0;
  if (!hasSetpriv) t.pass('skipped: no setpriv here, to begin in other groups');
  const words = hasSetpriv ? ['setpriv', '--groups', '4,27', '--'] : [];
  const [program = '', ...args] = [
    ...words,
    process.execPath,
    docteur,
    'mount',
    '-f',
    image,
    point,
  ];
  const stdio: ('ignore' | number)[] = Array.from({ length: INHERITED + 1 }, () => 'ignore');
  stdio[INHERITED] = fd;
  const child = spawn(program, args, { stdio, cwd: folder });
  t.teardown(() => {
    child.kill('SIGKILL');
    spawnSync('umount', ['-l', point]);
  });
  t.ok(await becomes(() => mountAt(point) !== undefined), 'it is mounted');
  t.equal(readFileSync(join(point, 'a.sh'), 'utf8'), '#!/bin/sh\necho a\n');
  const pid = child.pid as number;
  checkWalls(t, pid);
  t.equal(readlinkSync(`/proc/${pid}/cwd`), '/', 'the folder that it began in is free');
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  const own = /^(?:\/dev\/null|\/dev\/fuse|(?:pipe|socket):\[\d+\]|anon_inode:\[\w+\])$/;
  t.strictSame(
    open.filter((path) => !own.test(path)),
    [image],
  );
  t.equal(open.filter((path) => path.startsWith('socket:')).length, 1, "the watcher's");
  closeSync(fd);
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  t.equal(await ended, 0);
});

t.test('the walls, in the background', { skip: AS_ROOT.skip }, async (t) => {
  const point = newPoint();
  t.teardown(() => spawnSync('umount', ['-l', point]));
  const { status, stderr } = spawnSync(process.execPath, [docteur, 'mount', image, point], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  t.strictSame({ status, stderr }, { status: 0, stderr: '' });
  const pid = processesWith(`mount ${image}`)[0] as number;
  checkWalls(t, pid);
  process.kill(pid, 'SIGTERM');
  t.ok(await becomes(() => !isAlive(pid)));
});

t.test('the walls, in a namespace of users', { skip: IN_NAMESPACE.skip }, async (t) => {
  const point = newPoint();
  // Capabilities that outlast execve(2), where they can be had.
  const script = `ambient=; setpriv --inh-caps=+all --ambient-caps=+all true 2>/dev/null &&
      ambient='setpriv --inh-caps=+all --ambient-caps=+all --'
    $ambient "$1" "$2" mount "$3" "$4" || exit; cat "$4/a.sh"
    for pid in $(pgrep -f "^docteur mount $3 $4"); do cat /proc/$pid/status; done; umount "$4"`;
  const args = ['sh', '-c', script, 'sh', process.execPath, docteur, image, point];
  const [program = '', ...before] = IN_NAMESPACE.before;
  const { stdout, stderr } = spawnSync(program, [...before, ...args], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  t.equal(stderr, '');
  t.match(stdout, 'echo a\n');
  t.match(stdout, /^Seccomp:\s+2$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
    t.match(stdout, new RegExp(`^Cap${set}:\\s+0{16}$`, 'm'));
});

/** Names, and system calls of x86_64: each must fail. */
const FORBIDDEN: Record<string, string> = {
  'open a file': "sys(2, address('/etc/passwd'), 0)",
  'open a file by openat': "sys(257, -100, address('/etc/passwd'), 0)",
  'open by openat2': "sys(437, -100, address('/etc/passwd'), address('0'.repeat(24)), 24)",
  'read another file': 'sys(17, config.fds.watcher, address("0123"), 4, 0)',
  'read stdin': 'sys(0, 0, address("0123"), 4)',
  'map the image': 'sys(9, 0, 4096, 1, 2, config.fds.image, 0)',
  'copy a descriptor': 'sys(32, 2)',
  'change /dev/fuse by ioctl': 'sys(16, config.fds.fuse, 0x8004e500, address("0123"))',
  'send by splice': 'sys(275, config.fds.image, 0, config.fds.fuse, 0, 100, 0)',
  'stat a file': "sys(4, address('/etc/passwd'), address('0'.repeat(144)))",
  'list its folder': 'sys(79, address("0".repeat(100)), 100)',
  unmount: "sys(166, address('/'), 2)",
  mount: "sys(165, address('a'), address('/mnt'), address('tmpfs'), 0, 0)",
  'make a thread': 'sys(56, 0x11)',
  'make a thread by clone3': "sys(435, address('0'.repeat(88)), 88)",
  'raise its limits': "sys(302, 0, 7, address('0'.repeat(16)), 0)",
  'become dumpable': 'sys(157, 4, 1)',
  'become root': 'sys(105, 0)',
  'change its root': "sys(161, address('/'))",
  'leave its namespaces': 'sys(272, 0x10000000)',
  'make a pipe': "sys(293, address('0'.repeat(8)), 0)",
  'make memory with a name': "sys(319, address('x'), 0)",
  'make a userfaultfd': 'sys(323, 0)',
  'follow events': 'sys(298, address("0".repeat(128)), 0, -1, -1, 0)',
  'keep keys': 'sys(250, 0, 0, 0)',
  'wait for children': 'sys(61, -1, 0, 1, 0)',
};
/** Those that nobody makes by mistake: the kernel ends the server, and the watcher its mount. */
const DEADLY: Record<string, string> = {
  'execute a program': "sys(59, address('/bin/true'), 0, 0)",
  'make a socket': 'sys(41, 2, 1, 0)',
  'kill another process': 'sys(62, 1, 0)',
  'make a ring of io_uring': "sys(425, 8, address('0'.repeat(120)))",
  // Those that libuv has made at the start of Node.
  'use a ring of io_uring': 'sys(426, 4, 1, 0, 0, 0, 0)',
};
const notHere = process.arch === 'x64' ? false : 'skipped: numbers of x86_64';

t.test('in the jail', { skip: AS_ROOT.skip || notHere }, async (t) => {
  const calls = Object.entries(FORBIDDEN);
  const list = calls.map(([name, call]) => `[${JSON.stringify(name)}, () => ${call}]`).join();
  const probe = `for (const [name, call] of [${list}]) say(name + ': ' + call());
    say('the image: ' + sys(17, config.fds.image, address('0123'), 4, 0));`;
  const command = writeProbedMount(join(folder, 'probed'), probe);
  const { child, ended } = await mount(t, command);
  child.kill();
  const { status, words } = await ended;
  t.equal(status, 0);
  t.match(words, /the image: 4$/m, 'its own calls work');
  for (const name of Object.keys(FORBIDDEN)) t.match(words, `${name}: -1\n`, `cannot ${name}`);
});

for (const [name, call] of Object.entries(DEADLY)) {
  t.test(`in the jail: ${name}`, { skip: AS_ROOT.skip || notHere }, async (t) => {
    const command = writeProbedMount(join(folder, name.replaceAll(' ', '-')), call);
    const point = newPoint();
    const args = [command, 'mount', '-f', image, point];
    const { signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    t.equal(signal, 'SIGSYS', stderr);
    t.ok(await becomes(() => mountAt(point) === undefined), 'nothing that hangs is left');
  });
}
