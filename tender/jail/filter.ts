import {
  F_GET_SEALS,
  FUTEX_CLOCK_REALTIME,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_FREE,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_STACK,
  MREMAP_MAYMOVE,
  PROT_READ,
  PROT_WRITE,
} from '../native/constants.ts';
import type { SyscallName, SyscallTable } from '../native/syscall-numbers.ts';
import { block, give, type Instruction, load, requireElse, unlessSkip } from './bpf.ts';
import {
  ALLOWED,
  BACK_END_ALLOWED,
  DEADLY,
  FETCHER_DEADLY,
  FETCHER_DEADLY_LATER,
  FETCHER_REFUSED,
  MOUNT_ALLOWED,
  SERVER_ALLOWED,
} from './syscall-policy.ts';

const ALLOW = give(0x7fff0000);
const RET_KILL_PROCESS = 0x80000000;
const KILL_PROCESS = give(RET_KILL_PROCESS);
const RET_EPERM = 0x00050000 | 1;
const EPERM = give(RET_EPERM);

// struct seccomp_data of <linux/seccomp.h>; the low word of an argument comes first.
const NUMBER = 0;
const ARCH = 4;
const ARGUMENTS = 16;
/** x86_64 has a second numbering of its system calls from here on. */
const X32_BIT = 0x40000000;
/** Descriptors below this one are the standard ones: nothing is read from them. */
const FIRST_OWN_FD = 3;

/** PROT_READ, PROT_WRITE, PROT_EXEC: neither PROT_GROWSDOWN nor PROT_GROWSUP. */
const PROTECTIONS = 7;
const MAPPING = MAP_PRIVATE | MAP_ANONYMOUS;
const MAPPING_FLAGS = MAPPING | MAP_FIXED | MAP_NORESERVE | MAP_STACK;
const FUTEX_FLAGS = FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;

/** What the jail of one process depends on. */
export interface FilterOptions {
  /** The process id, as the process itself sees it. */
  readonly pid: number;
  /** musl's condition variables requeue their own waiters; glibc's do not. */
  readonly musl: boolean;
}

function argument(index: number): Instruction {
  return load(ARGUMENTS + index * 8);
}

/** The argument, of which the kernel reads 64 bits, has only these bits. */
function onlyBits(index: number, bits: number): Instruction[] {
  return [
    load(ARGUMENTS + index * 8 + 4),
    ...requireElse('equal', 0, RET_EPERM),
    argument(index),
    ...block('any bit', ~bits >>> 0, [EPERM]),
  ];
}

/** The argument, of which the kernel reads 32 bits, is one of these. */
function oneOf(index: number, values: readonly number[]): Instruction[] {
  return [
    argument(index),
    ...values.flatMap((value) => [unlessSkip('equal', value), ALLOW]),
    EPERM,
  ];
}

/**
 * Only waiting and waking: requeueing would move the tender, which sleeps on a word that it shares with the
 * guest. No other process sleeps on a private futex.
 */
function futexRule(musl: boolean): Instruction[] {
  const operations = [FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET];
  const flags = [0, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME, FUTEX_FLAGS];
  const allowed = operations.flatMap((operation) => flags.map((flag) => operation | flag));
  return oneOf(1, musl ? [...allowed, FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG] : allowed);
}

/** A call that its arguments allow or refuse. */
type Rule = readonly [SyscallName, readonly Instruction[]];

const PRIVATE_MEMORY = block('any bit', MAP_PRIVATE, block('any bit', MAP_ANONYMOUS, [ALLOW]));

/** The calls of a guest that are allowed by their arguments. */
function guestRules({ pid, musl }: FilterOptions): Rule[] {
  const protect = [...onlyBits(2, PROTECTIONS), ALLOW];
  const ofItself = oneOf(0, [0, pid]);
  return [
    ['futex', futexRule(musl)],
    ['mprotect', protect],
    ['pkey_mprotect', protect],
    ['madvise', oneOf(2, [MADV_DONTNEED, MADV_FREE, MADV_DONTFORK])],
    ['read', [argument(0), ...block('at least', FIRST_OWN_FD, [ALLOW]), EPERM]],
    // No mapping of a descriptor, none that is shared, none that grows by itself: RLIMIT_DATA counts only
    // private memory.
    [
      'mmap',
      [...onlyBits(2, PROTECTIONS), ...onlyBits(3, MAPPING_FLAGS), ...PRIVATE_MEMORY, EPERM],
    ],
    ['mremap', [...onlyBits(3, MREMAP_MAYMOVE), ALLOW]],
    ['membarrier', oneOf(0, MEMBARRIER_OPERATIONS)],
    ['sched_getaffinity', ofItself],
    ['sched_getparam', ofItself],
    ['sched_getscheduler', ofItself],
    // abort(3) raises a signal in its own thread.
    ['tgkill', [argument(0), ...block('equal', pid, [ALLOW]), KILL_PROCESS]],
  ];
}

/** Memory of a virtual machine may be mapped too, but never executed. */
const MAP_MACHINE_RULE: Rule = [
  'mmap',
  [
    load(ARGUMENTS + 3 * 8 + 4),
    ...requireElse('equal', 0, RET_EPERM),
    argument(3),
    ...block('equal', MAP_SHARED, [...onlyBits(2, PROT_READ | PROT_WRITE), ALLOW]),
    ...onlyBits(2, PROTECTIONS),
    ...onlyBits(3, MAPPING_FLAGS),
    ...PRIVATE_MEMORY,
    EPERM,
  ],
];

/** What a back end needs as well: it accepts front ends on its one socket, and maps their memory. */
function backEndRules(options: FilterOptions, listener: number): Rule[] {
  return [
    MAP_MACHINE_RULE,
    ...guestRules(options).filter(([name]) => name !== 'mmap'),
    ['accept4', oneOf(0, [listener])],
    ['fcntl', oneOf(1, [F_GET_SEALS])],
  ];
}

function conditional(table: SyscallTable, rules: readonly Rule[]): Instruction[] {
  return rules.flatMap(([name, body]) => {
    const number = table.numbers[name];
    return number === undefined ? [] : block('equal', number, body);
  });
}

/** MEMBARRIER_CMD_QUERY, and the PRIVATE_EXPEDITED ones, which concern this process alone. */
const MEMBARRIER_OPERATIONS = [0, 8, 16, 32, 64];

function each(table: SyscallTable, names: readonly SyscallName[], then: Instruction) {
  return names.flatMap((name) => {
    const number = table.numbers[name];
    return number === undefined ? [] : [unlessSkip('equal', number), then];
  });
}

function assemble(
  table: SyscallTable,
  allowed: readonly SyscallName[],
  rules: readonly Rule[],
  others: readonly Instruction[] = [...each(table, DEADLY, KILL_PROCESS), EPERM],
): Instruction[] {
  return [
    load(ARCH),
    ...requireElse('equal', table.auditArch, RET_KILL_PROCESS),
    load(NUMBER),
    ...(table.auditArch === 0xc000003e ? block('at least', X32_BIT, [KILL_PROCESS]) : []),
    ...each(table, allowed, ALLOW),
    ...conditional(table, rules),
    ...others,
  ];
}

/**
 * The seccomp program of a guest's process: an allow-list. Another architecture's calls, and those
 * of {@link DEADLY}, end the process; all others fail with EPERM.
 */
export function guestFilter(table: SyscallTable, options: FilterOptions): Instruction[] {
  return assemble(table, ALLOWED, guestRules(options));
}

/**
 * The same for a process that serves a device of a virtual machine (`tender/exports/vhost-user`).
 * @param listener the socket at which front ends connect
 */
export function backEndFilter(
  table: SyscallTable,
  options: FilterOptions,
  listener: number,
): Instruction[] {
  const allowed = [...BACK_END_ALLOWED, ...SERVER_ALLOWED, ...ALLOWED];
  return assemble(table, allowed, backEndRules(options, listener));
}

/**
 * The same for a process that serves images to clients at sockets (`tender/exports/nbd/process`).
 * @param listeners the sockets at which they connect
 */
export function serverFilter(
  table: SyscallTable,
  options: FilterOptions,
  listeners: readonly number[],
): Instruction[] {
  const rules: Rule[] = [...guestRules(options), ['accept4', oneOf(0, listeners)]];
  return assemble(table, [...SERVER_ALLOWED, ...ALLOWED], rules);
}

/**
 * The seccomp program of a process that is to fetch images from a network, and that needs threads, files and sockets
 * for it: a list of what is refused. It looks at no other process, and listens for nobody.
 */
export function fetcherFilter(table: SyscallTable): Instruction[] {
  const refused = [
    ...each(table, FETCHER_REFUSED, EPERM),
    ...each(table, FETCHER_DEADLY, KILL_PROCESS),
  ];
  return assemble(table, [], [], [...refused, ALLOW]);
}

/** Beside it, once that process has become our program: it executes nothing more. */
export function fetcherProgramFilter(table: SyscallTable): Instruction[] {
  return assemble(table, [], [], [...each(table, FETCHER_DEADLY_LATER, KILL_PROCESS), ALLOW]);
}

/**
 * The same for the process that serves a mounted image (`image-tools/mount`): it has /dev/fuse open.
 * @param image the one file that it reads at any place
 */
export function mountFilter(
  table: SyscallTable,
  options: FilterOptions,
  image: number,
): Instruction[] {
  const rules: Rule[] = [
    ...guestRules(options),
    ['pread64', oneOf(0, [image])],
    // Of neighbouring lines of the cache, by one call.
    ['preadv', oneOf(0, [image])],
  ];
  return assemble(table, [...MOUNT_ALLOWED, ...ALLOWED], rules);
}
