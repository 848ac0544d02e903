// What the filter answers, on each architecture, by a machine for classic BPF as the kernel has one;
// test/contract/jail.test.ts tries the same in a real process of this architecture.
import t from 'tap';
import { encodeProgram } from '../../../../tender/jail/bpf.ts';
import {
  backEndFilter,
  fetcherFilter,
  fetcherProgramFilter,
  guestFilter,
  mountFilter,
  serverFilter,
} from '../../../../tender/jail/filter.ts';
import {
  ALLOWED,
  BACK_END_ALLOWED,
  DEADLY,
  FETCHER_DEADLY,
  FETCHER_DEADLY_LATER,
  FETCHER_REFUSED,
  MOUNT_ALLOWED,
  SERVER_ALLOWED,
} from '../../../../tender/jail/syscall-policy.ts';
import { syscallTable } from '../../../../tender/native/syscall-numbers.ts';
import { answerCall } from '../../../fixtures/bpf-machine.ts';

const PID = 4711;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x00050001;
/** Calls of whose arguments it depends. */
const CONDITIONAL = [
  'futex',
  'madvise',
  'membarrier',
  'mmap',
  'mprotect',
  'mremap',
  'pkey_mprotect',
  'read',
  'sched_getaffinity',
  'sched_getparam',
  'sched_getscheduler',
  'tgkill',
] as const;

/** What the filter answers; arguments beyond 32 bits are bigints. */
function answer(
  program: Uint8Array,
  arch: number,
  number: number,
  args: (number | bigint)[] = [],
): number {
  return answerCall(program, { arch, number, args });
}

for (const arch of ['x64', 'arm64']) {
  t.test(arch, async (t) => {
    const table = syscallTable(arch);
    if (table === undefined) throw new Error(`no table for ${arch}`);
    const { auditArch, numbers } = table;
    const program = encodeProgram(guestFilter(table, { pid: PID, musl: false }));
    const call = (number: number | undefined, ...args: (number | bigint)[]) =>
      answer(program, auditArch, number ?? 0xffff, args);

    for (const name of ALLOWED) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), ALLOW, name);
    }
    for (const name of DEADLY) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), KILL, name);
    }
    const conditional = CONDITIONAL.map((name) => numbers[name]);
    const known = [...ALLOWED, ...DEADLY].map((name) => numbers[name]);
    for (let number = 0; number < 1024; number += 1) {
      if (known.includes(number) || conditional.includes(number)) continue;
      t.equal(call(number), EPERM, `number ${number}`);
    }

    t.equal(call(numbers.read, 3), ALLOW);
    for (const fd of [0, 1, 2]) t.equal(call(numbers.read, fd), EPERM, `read from ${fd}`);
    const mappings: [string, number | bigint, number | bigint, number][] = [
      ['memory', 3, 0x22, ALLOW],
      ['code', 7, 0x22, ALLOW],
      ['a reservation', 0, 0x4022, ALLOW],
      ['memory in a place', 3, 0x32, ALLOW],
      ['a stack', 0, 0x20022, ALLOW],
      ['a file', 3, 0x02, EPERM],
      ['shared memory', 3, 0x21, EPERM],
      ['a shared file', 3, 0x01, EPERM],
      ['shared and private', 3, 0x23, EPERM],
      ['neither', 3, 0x20, EPERM],
      ['memory that grows down', 3, 0x122, EPERM],
      ['locked memory', 3, 0x2022, EPERM],
      ['huge pages', 3, 0x40022, EPERM],
      ['memory that is there at once', 3, 0x8022, EPERM],
      ['protection that grows down', 0x01000003, 0x22, EPERM],
      ['flags beyond 32 bits', 3, 0x1_0000_0022n, EPERM],
      ['protection beyond 32 bits', 0x1_0000_0003n, 0x22, EPERM],
    ];
    for (const [what, protection, flags, expected] of mappings) {
      t.equal(call(numbers.mmap, 0, 4096, protection, flags), expected, what);
    }
    for (const name of ['mprotect', 'pkey_mprotect'] as const) {
      for (let protection = 0; protection < 8; protection += 1) {
        t.equal(call(numbers[name], 0, 4096, protection), ALLOW, `${name} ${protection}`);
      }
      for (const protection of [8, 0x01000003, 0x02000003, 0x1_0000_0001n]) {
        t.equal(call(numbers[name], 0, 4096, protection), EPERM, `${name} ${protection}`);
      }
    }
    for (let advice = 0; advice < 128; advice += 1) {
      const expected = [4, 8, 10].includes(advice) ? ALLOW : EPERM;
      t.equal(call(numbers.madvise, 0, 4096, advice), expected, `advice ${advice}`);
    }
    for (let operation = 0; operation < 16; operation += 1) {
      for (const flags of [0, 128, 256, 384, 512]) {
        const expected = [0, 1, 9, 10].includes(operation) && flags < 512 ? ALLOW : EPERM;
        t.equal(call(numbers.futex, 0, operation | flags), expected, `futex ${operation | flags}`);
      }
    }
    for (let flags = 0; flags < 8; flags += 1) {
      const expected = flags < 2 ? ALLOW : EPERM;
      t.equal(call(numbers.mremap, 0, 4096, 8192, flags), expected, `mremap ${flags}`);
    }
    for (let operation = 0; operation < 1024; operation += 1) {
      const expected = [0, 8, 16, 32, 64].includes(operation) ? ALLOW : EPERM;
      t.equal(call(numbers.membarrier, operation), expected, `membarrier ${operation}`);
    }
    for (const name of ['sched_getaffinity', 'sched_getparam', 'sched_getscheduler'] as const) {
      for (const pid of [0, PID]) t.equal(call(numbers[name], pid), ALLOW, `${name} ${pid}`);
      for (const pid of [1, PID + 1, -1])
        t.equal(call(numbers[name], pid), EPERM, `${name} ${pid}`);
    }
    t.equal(call(numbers.tgkill, PID, PID, 6), ALLOW);
    t.equal(call(numbers.tgkill, PID + 1, PID + 1, 6), KILL);

    const musl = encodeProgram(guestFilter(table, { pid: PID, musl: true }));
    const onMusl = (operation: number) =>
      answer(musl, auditArch, numbers.futex ?? 0, [0, operation]);
    t.equal(onMusl(3 | 128), ALLOW, 'condition variables of musl move their own waiters');
    t.equal(onMusl(3), EPERM, 'and nobody those of another process');

    const other = syscallTable(arch === 'x64' ? 'arm64' : 'x64')?.auditArch ?? 0;
    t.equal(answer(program, other, numbers.write ?? 0), KILL, 'calls of another architecture');
    t.equal(answer(program, 0x40000003, numbers.write ?? 0), KILL, 'calls of i386');
    // On x86_64 the bit means its second numbering; elsewhere there is no such call.
    t.equal(call(0x40000000 + (numbers.write ?? 0)), arch === 'x64' ? KILL : EPERM);
  });
}

for (const arch of ['x64', 'arm64']) {
  t.test(`${arch}: the device of a virtual machine`, async (t) => {
    const table = syscallTable(arch);
    if (table === undefined) throw new Error(`no table for ${arch}`);
    const { auditArch, numbers } = table;
    const program = encodeProgram(backEndFilter(table, { pid: PID, musl: false }, 4));
    const call = (number: number | undefined, ...args: (number | bigint)[]) =>
      answer(program, auditArch, number ?? 0xffff, args);

    for (const name of [...ALLOWED, ...SERVER_ALLOWED, ...BACK_END_ALLOWED]) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), ALLOW, name);
    }
    const needed: readonly string[] = [...BACK_END_ALLOWED, 'accept4'];
    for (const name of DEADLY) {
      if (numbers[name] === undefined || needed.includes(name)) continue;
      t.equal(call(numbers[name]), KILL, name);
    }
    t.equal(call(numbers.accept4, 4), ALLOW);
    for (const fd of [3, 5, 0xffff]) t.equal(call(numbers.accept4, fd), EPERM, `accept4 at ${fd}`);
    t.equal(call(numbers.fcntl, 9, 1034), ALLOW, 'which seals a file has');
    for (const operation of [0, 4, 1033]) t.equal(call(numbers.fcntl, 9, operation), EPERM);
    const mappings: [string, number | bigint, number | bigint, number][] = [
      ["the machine's memory", 3, 0x01, ALLOW],
      ["the machine's memory, to be executed", 7, 0x01, EPERM],
      ["the machine's memory, in a place", 3, 0x11, EPERM],
      ['protection beyond 32 bits', 0x1_0000_0003n, 0x01, EPERM],
      ['flags beyond 32 bits', 3, 0x1_0000_0001n, EPERM],
      ['memory', 3, 0x22, ALLOW],
      ['code', 7, 0x22, ALLOW],
      ['a private file', 3, 0x02, EPERM],
      ['shared memory without a file', 3, 0x21, EPERM],
      ['shared and private', 3, 0x03, EPERM],
    ];
    for (const [what, protection, flags, expected] of mappings) {
      t.equal(call(numbers.mmap, 0, 4096, protection, flags), expected, what);
    }
    for (const name of ['openat', 'socket', 'connect', 'sendmsg', 'execve', 'clone'] as const) {
      t.not(call(numbers[name]), ALLOW, name);
    }
  });
}

for (const arch of ['x64', 'arm64']) {
  t.test(`${arch}: the server of a mounted image`, async (t) => {
    const table = syscallTable(arch);
    if (table === undefined) throw new Error(`no table for ${arch}`);
    const { auditArch, numbers } = table;
    const program = encodeProgram(mountFilter(table, { pid: PID, musl: false }, 21));
    const call = (number: number | undefined, ...args: (number | bigint)[]) =>
      answer(program, auditArch, number ?? 0xffff, args);

    for (const name of [...ALLOWED, ...MOUNT_ALLOWED]) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), ALLOW, name);
    }
    for (const name of DEADLY) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), KILL, name);
    }
    const reads = ['pread64', 'preadv'] as const;
    for (const name of reads) {
      t.equal(call(numbers[name], 21), ALLOW, `${name} of the image`);
      for (const fd of [0, 3, 20, 22]) t.equal(call(numbers[name], fd), EPERM, `${name} of ${fd}`);
    }
    const known = [...ALLOWED, ...MOUNT_ALLOWED, ...DEADLY, ...CONDITIONAL, ...reads] as const;
    const allowed = known.map((name) => numbers[name as keyof typeof numbers]);
    for (let number = 0; number < 1024; number += 1) {
      if (!allowed.includes(number)) t.equal(call(number), EPERM, `number ${number}`);
    }
  });
}

for (const arch of ['x64', 'arm64']) {
  t.test(`${arch}: the server of clients`, async (t) => {
    const table = syscallTable(arch);
    if (table === undefined) throw new Error(`no table for ${arch}`);
    const { auditArch, numbers } = table;
    const program = encodeProgram(serverFilter(table, { pid: PID, musl: false }, [4, 5]));
    const call = (number: number | undefined, ...args: (number | bigint)[]) =>
      answer(program, auditArch, number ?? 0xffff, args);

    for (const name of [...ALLOWED, ...SERVER_ALLOWED]) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), ALLOW, name);
    }
    for (const name of DEADLY) {
      if (numbers[name] !== undefined && name !== 'accept4') {
        t.equal(call(numbers[name]), KILL, name);
      }
    }
    for (const fd of [4, 5]) t.equal(call(numbers.accept4, fd), ALLOW, `accept4 at ${fd}`);
    for (const fd of [3, 6]) t.equal(call(numbers.accept4, fd), EPERM, `accept4 at ${fd}`);
    t.equal(call(numbers.mmap, 0, 4096, 3, 1), EPERM, 'a shared file');
    const known = [...ALLOWED, ...SERVER_ALLOWED, ...DEADLY, ...CONDITIONAL] as const;
    const allowed = known.map((name) => numbers[name as keyof typeof numbers]);
    for (let number = 0; number < 1024; number += 1) {
      if (!allowed.includes(number)) t.equal(call(number), EPERM, `number ${number}`);
    }
  });
}

for (const arch of ['x64', 'arm64']) {
  t.test(`${arch}: who fetches from a network`, async (t) => {
    const table = syscallTable(arch);
    if (table === undefined) throw new Error(`no table for ${arch}`);
    const { auditArch, numbers } = table;
    const programs = [fetcherFilter(table), fetcherProgramFilter(table)].map(encodeProgram);
    // The kernel obeys the sterner one.
    const call = (number: number) => {
      const answers = programs.map((program) => answer(program, auditArch, number));
      return [KILL, EPERM, ALLOW].find((one) => answers.includes(one));
    };
    const deadly = [...FETCHER_DEADLY, ...FETCHER_DEADLY_LATER].map((name) => numbers[name]);
    const refused = FETCHER_REFUSED.map((name) => numbers[name]);
    for (let number = 0; number < 512; number += 1) {
      const expected = deadly.includes(number) ? KILL : refused.includes(number) ? EPERM : ALLOW;
      t.equal(call(number), expected, `number ${number}`);
    }
    const needed = ['socket', 'connect', 'bind', 'sendto', 'recvmsg', 'openat', 'clone3'] as const;
    for (const name of needed) t.equal(call(numbers[name] as number), ALLOW, name);
    const hostile = ['execve', 'ptrace', 'process_vm_readv', 'kill', 'listen', 'bpf'] as const;
    for (const name of hostile) t.equal(call(numbers[name] as number), KILL, name);
    for (const program of programs) t.equal(answer(program, 0x1234, 1), KILL, 'another machine');
  });
}
