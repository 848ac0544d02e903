// Unikernels for spt: processes that talk to the kernel themselves, behind a filter.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ManifestDevice } from '#abi';
import type { Operand } from '../fixtures/elf/assembler.ts';
import {
  BOOT,
  descriptorOf,
  emitGuest,
  type GuestCode,
  SCRATCH,
} from '../fixtures/elf/guest-code.ts';
import { becomes, childrenOf, isRoot } from '../fixtures/processes.ts';
import { runTender, scratchFolder, startTender } from '../fixtures/tender.ts';

const skip = process.arch !== 'x64' && 'unikernels need a machine of x86_64';
const folder = scratchFolder((clean) => t.teardown(clean));
const disk = join(folder, 'disk.img');
writeFileSync(disk, Buffer.alloc(4096, 'disk'));
const DISK = [{ name: 'disk', type: 'BLOCK_BASIC' }] as const;

let guests = 0;
function write(code: (guest: GuestCode) => void, devices: readonly ManifestDevice[] = []): string {
  const path = join(folder, `guest-${guests++}.spt`);
  writeFileSync(path, emitGuest('spt', devices, code));
  return path;
}

const spin = write((guest) => {
  guest.say('!');
  guest.code.jump(guest.code.here);
}, DISK);

t.test(
  'the arguments reach the guest in one line, its own levels among them',
  { skip },
  async (t) => {
    const guest = write((guest) => {
      guest.show({ at: BOOT.spt + 16, size: 8 }, 40);
      guest.exit(300);
    });
    const { status, stdout, stderr } = await runTender([
      guest,
      '--solo5:quiet',
      'a b',
      '',
      '--mem=3',
    ]);
    t.equal(stdout.toString().replace(/\0+$/, ''), '--solo5:quiet a b  --mem=3');
    t.match([status, stderr], [300 & 0xff, '']);
  },
);

t.test('a guest begins with what Solo5 promises', { skip }, async (t) => {
  const guest = write((guest) => {
    const { code } = guest;
    code.raw(0x48, 0x89, 0xe0).keep(SCRATCH); // rsp
    code.raw(0x48, 0x89, 0xf8).keep(SCRATCH + 8); // rdi
    guest.show(SCRATCH, 16);
    guest.show(BOOT.spt, 40);
    guest.exit(0);
  });
  const { stdout } = await runTender(['--mem=16', guest]);
  const at = (offset: number) => Number(stdout.readBigUInt64LE(offset));
  t.equal(at(0), 16 * 2 ** 20 - 8, 'the stack, at the end of its memory');
  t.equal(at(8), BOOT.spt, 'its boot information');
  t.equal(at(16), 16 * 2 ** 20, 'the size of its memory');
  t.equal(at(24), 0x101000, 'the end of its file in memory');
  t.equal(at(40), BOOT.spt + 40, 'its manifest');
});

t.test('a guest has its memory, its console, and its devices', { skip }, async (t) => {
  const tender = startTender(['--mem=16', `--block:disk=${disk}`, spin]);
  await tender.firstOutput;
  const [pid = 0] = childrenOf(tender.pid);
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  for (const line of ['NoNewPrivs:\t1', 'Seccomp:\t2', 'Threads:\t1', 'CoreDumping:\t0']) {
    t.ok(status.includes(`\n${line}\n`), line);
  }
  const stat = (of: number) =>
    readFileSync(`/proc/${of}/stat`, 'latin1').split(') ')[1]?.split(' ');
  t.equal(Number(stat(pid)?.[3]), pid, 'a session of its own');
  if (isRoot) {
    const fds = readdirSync(`/proc/${pid}/fd`).map(Number);
    t.equal(fds.length, 4, 'console, epoll, timer, disk');
    t.ok(fds.includes(1));
    const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').trim().split('\n');
    const own = maps.filter((line) => !/\[vsyscall\]$/.test(line));
    t.strictSame(
      own.map((line) => line.slice(0, 40).replace(/ [0-9a-f]{8}.*/, '')),
      [
        '00010000-00100000 rw-p',
        '00100000-00101000 r-xp',
        '00101000-01000000 rw-p',
        '600000000000-600000001000 r-xp',
      ],
    );
    t.equal(readFileSync(`/proc/${pid}/environ`, 'latin1'), '');
    t.match(readFileSync(`/proc/${pid}/limits`, 'latin1'), /^Max core file size +0 +0 /m);
    t.equal(readFileSync(`/proc/${pid}/comm`, 'latin1'), `guest-0.spt\n`.slice(0, 16));
  } else t.pass('skipped: only root may look into its process');
  tender.kill('SIGTERM');
  t.match(await tender.outcome, { status: 1, stderr: 'tender: Exiting on signal 15\n' });
});

/** What a guest does that ends it, and what is said then. */
const FAULTS: [name: string, code: (guest: GuestCode) => void, status: number, said: RegExp][] = [
  [
    'reads at 0',
    ({ code }) => code.set('rax', { at: 0, size: 8 }),
    139,
    /^tender: guest fault: invalid memory access at 0x0, where there is no memory: rip=0x100000 \(_start\+0x0\)\n$/,
  ],
  [
    'reads behind its memory',
    ({ code }) => code.set('rax', { at: 2 ** 24, size: 8 }),
    139,
    /at 0x1000000, where there is no memory: rip=0x100000 /,
  ],
  [
    'writes to its code',
    ({ code }) => code.store(0x100000, 1),
    139,
    /at 0x100000, which is protected: rip=0x10000a \(_start\+0xa\)/,
  ],
  [
    'runs its data',
    ({ code }) => code.jump(SCRATCH),
    139,
    /at 0x180000, which is protected: rip=0x180000 /,
  ],
  [
    'halts the processor',
    ({ code }) => code.raw(0xf4),
    139,
    /access \(general protection fault\): rip=/,
  ],
  [
    'has an invalid instruction',
    ({ code }) => code.raw(0x0f, 0x0b),
    132,
    /fault: invalid instruction: /,
  ],
  ['divides by 0', ({ code }) => code.set('rcx', 0).raw(0x48, 0xf7, 0xf1), 136, /arithmetic error/],
  ['has a breakpoint', ({ code }) => code.raw(0xcc), 133, /fault: trap: /],
  [
    'forks',
    ({ code }) => code.syscall(57),
    159,
    /fault: system call 57 is not allowed so: rip=0x1000/,
  ],
  ['opens a file', ({ code }) => code.syscall(2, 0), 159, /system call 2 /],
  ['calls as i386 does', ({ code }) => code.set('rax', 1).raw(0xcd, 0x80), 159, /system call 1 /],
  [
    'calls as x32 does',
    ({ code }) => code.syscall(0x40000001, 1, SCRATCH, 1),
    159,
    /system call 1073741825 /,
  ],
];

t.test('a fault is one line, with the place in the guest', { skip }, async (t) => {
  for (const [name, code, status, said] of FAULTS) {
    const found = await runTender(['--mem=16', write(code)]);
    t.match([found.status, found.stderr], [status, said], name);
    t.equal(found.stderr.trim().split('\n').length, 1);
  }
});

const OFFSETS: readonly (number | bigint)[] = [
  -1,
  4096,
  3585,
  2n ** 63n,
  2n ** 64n - 512n,
  2n ** 32n,
];
const LENGTHS: readonly (number | bigint)[] = [0, 511, 513, 1024, -1, 2n ** 32n + 512n];
/** Calls that the filter ends a guest for. */
const FORBIDDEN: [name: string, number: number, ...args: Operand[]][] = [
  ...OFFSETS.map((at) => [`reads at ${at}`, 17, descriptorOf(1), SCRATCH, 512, at] as const),
  ...OFFSETS.map((at) => [`writes at ${at}`, 18, descriptorOf(1), SCRATCH, 512, at] as const),
  ...LENGTHS.map((size) => [`reads ${size} bytes`, 17, descriptorOf(1), SCRATCH, size, 0] as const),
  ...[0, 1, 2, 100, -1, 2n ** 32n + 1n].map(
    (fd) => [`reads of ${fd}`, 17, fd, SCRATCH, 512, 0] as const,
  ),
  ...[0, 2, 3, 2n ** 32n + 1n].map((fd) => [`writes to ${fd}`, 1, fd, SCRATCH, 1] as const),
  ['reads the console', 0, 1, SCRATCH, 1],
  ['reads its disk where it stands', 0, descriptorOf(1), SCRATCH, 512],
  ['the clock of its processor', 228, 2, SCRATCH],
  ['another clock, in high bits', 228, 2n ** 32n, SCRATCH],
  ['waits with its disk', 281, descriptorOf(1), SCRATCH, 1, 0],
  ['sets the base of gs', 158, 0x1001, SCRATCH],
  ['a thread', 56, 0x10f00],
  ['a signal', 62, 1, 9],
  ['memory', 9, 0, 4096, 7, 0x22, -1, 0],
  ['executable memory', 10, SCRATCH, 4096, 7],
  ['a socket', 41, 1, 1, 0],
  ['an ioctl of its console', 16, 1, 0x5401, SCRATCH],
  ['a copy of a descriptor', 32, 1],
].map((row) => row as [string, number, ...Operand[]]);

t.test('the filter is the wall: every bad argument of every call', { skip }, async (t) => {
  for (const [name, number, ...args] of FORBIDDEN) {
    const guest = write(({ code, exit }) => {
      code.syscall(number, ...args);
      exit(0);
    }, DISK);
    const { status, stderr } = await runTender([`--block:disk=${disk}`, guest]);
    t.match([status, stderr], [159, new RegExp(`system call ${number} is not allowed so: `)], name);
  }
  t.ok(readFileSync(disk).equals(Buffer.alloc(4096, 'disk')), 'no byte of the disk has changed');
});

t.test('buffers anywhere: the kernel refuses them, and the guest goes on', { skip }, async (t) => {
  const guest = write((guest) => {
    const { code } = guest;
    const buffers = [0, 4096, 0x100000, 2 ** 24, 0x600000000000, 2n ** 47n, 2n ** 63n, -1];
    buffers.forEach((buffer, index) => {
      code.syscall(17, descriptorOf(1), buffer, 512, 0);
      code.differs(-14).keep(SCRATCH + 8 * index); // EFAULT
    });
    code
      .syscall(228, 1, 0)
      .differs(-14)
      .keep(SCRATCH + 64);
    code.syscall(18, descriptorOf(1), SCRATCH, 512, 0);
    code.differs(-9).keep(SCRATCH + 72); // EBADF: the disk is open for reading alone
    guest.show(SCRATCH, 80);
    guest.exit(7);
  }, DISK);
  const { status, stdout, stderr } = await runTender(['--mem=16', `--block:disk=${disk}`, guest]);
  t.match([status, stderr], [7, '']);
  t.ok(stdout.equals(Buffer.alloc(80)), stdout.toString('hex'));
});

t.test('what a guest cannot have is said before it starts', { skip }, async (t) => {
  for (const [args, message] of [
    [['--mem=1', spin], /^tender: Memory of spt guests must be from 2 to 1048576 MiB, not 1 /],
    [['--mem=1048577', spin], /^tender: Memory of spt guests must be/],
    [['--sandbox=none', spin], /^tender: --sandbox=none is for JavaScript guests: /],
    [[spin], /^tender: Device 'disk' of type BLOCK_BASIC declared but not attached\.\n/],
    [[write(() => {}), 'x'.repeat(8192)], /^tender: Guest command line too long /],
  ] as const) {
    const { status, stderr } = await runTender(args);
    t.match([status, stderr], [1, message]);
  }
});

t.test('a guest whose tender cannot be asked any more ends', { skip }, async (t) => {
  const tender = startTender([`--block:disk=${disk}`, spin]);
  await tender.firstOutput;
  const [pid = 0] = childrenOf(tender.pid);
  process.kill(pid, 'SIGSTOP');
  t.ok(
    await becomes(
      () =>
        / T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').slice(0, 60)) ||
        / t /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').slice(0, 60)),
    ),
  );
  process.kill(pid, 'SIGCONT');
  t.ok(
    await becomes(() => / R /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').slice(0, 60))),
    'and goes on',
  );
  tender.kill('SIGKILL');
  await tender.outcome;
  t.ok(await becomes(() => !readdirSync('/proc').includes(`${pid}`)));
});
