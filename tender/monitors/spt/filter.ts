import { block, give, type Instruction, load, requireElse, unlessSkip } from '../../jail/bpf.ts';

/** A block device as the filter knows it: the guest reads and writes whole blocks inside it. */
export interface FilteredBlock {
  readonly fd: number;
  /** Bytes. */
  readonly blockSize: number;
  /** Bytes; one block at least. */
  readonly capacity: number;
}

/** What one guest may use. */
export interface FilterPlan {
  readonly epollFd: number;
  readonly timerFd: number;
  readonly blocks: readonly FilteredBlock[];
  /** Descriptors of network devices. */
  readonly nets: readonly number[];
}

const ALLOW = give(0x7fff0000);
const KILL_PROCESS = 0x80000000;
const KILL = give(KILL_PROCESS);
const AUDIT_ARCH_X86_64 = 0xc000003e;
const CONSOLE = 1;
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const ARCH_SET_FS = 0x1002;

/** System calls of x86_64. */
const READ = 0;
const WRITE = 1;
const PREAD64 = 17;
const PWRITE64 = 18;
const ARCH_PRCTL = 158;
const CLOCK_GETTIME = 228;
const EXIT_GROUP = 231;
const EPOLL_PWAIT = 281;
const TIMERFD_SETTIME = 286;

// struct seccomp_data of <linux/seccomp.h>; the low word of an argument comes first.
const NUMBER = 0;
const ARCH = 4;
const [low, high] = [(index: number) => 16 + 8 * index, (index: number) => 20 + 8 * index];

/** The upper half of an argument is zero; its lower half is loaded then. */
function loadSmall(index: number): Instruction[] {
  return [load(high(index)), ...requireElse('equal', 0, KILL_PROCESS), load(low(index))];
}

/** An argument, all of its 64 bits, is one of these small numbers; else the process ends. */
function oneOf(index: number, values: readonly number[]): Instruction[] {
  return [
    ...loadSmall(index),
    ...values.flatMap((value) => [unlessSkip('equal', value), ALLOW]),
    KILL,
  ];
}

/** An argument, unsigned, is at most `most`; else the process ends. */
function atMost(index: number, most: number): Instruction[] {
  const [upper, lower] = [Math.floor(most / 2 ** 32), most % 2 ** 32];
  return [
    load(high(index)),
    ...block('above', upper, [KILL]),
    // Below: whatever the lower half is.
    ...requireElse('at least', upper, 0x7fff0000),
    load(low(index)),
    ...block('above', lower, [KILL]),
    ALLOW,
  ];
}

/** One block at a time, inside the device. Where the buffer is, the kernel checks. */
function transferRule({ fd, blockSize, capacity }: FilteredBlock): Instruction[] {
  return block('equal', fd, [
    ...loadSmall(2),
    ...requireElse('equal', blockSize, KILL_PROCESS),
    ...atMost(3, capacity - blockSize),
  ]);
}

function rule(number: number, body: readonly Instruction[]): Instruction[] {
  return block('equal', number, body);
}

/**
 * The system calls that a guest for spt may make; any other ends it. The rules are those of Solo5's own tender,
 * for the descriptors of this guest.
 */
export function sptFilter({ epollFd, timerFd, blocks, nets }: FilterPlan): Instruction[] {
  return [
    load(ARCH),
    ...requireElse('equal', AUDIT_ARCH_X86_64, KILL_PROCESS),
    load(NUMBER),
    ...rule(CLOCK_GETTIME, oneOf(0, [CLOCK_REALTIME, CLOCK_MONOTONIC])),
    ...rule(WRITE, oneOf(0, [CONSOLE, ...nets])),
    ...rule(EPOLL_PWAIT, oneOf(0, [epollFd])),
    ...rule(TIMERFD_SETTIME, oneOf(0, [timerFd])),
    ...(nets.length > 0 ? rule(READ, oneOf(0, nets)) : []),
    ...rule(EXIT_GROUP, [ALLOW]),
    ...rule(ARCH_PRCTL, oneOf(0, [ARCH_SET_FS])),
    // What follows may be longer than a conditional jump reaches.
    { code: 0x15, jumpTrue: 2, jumpFalse: 0, operand: PREAD64 },
    { code: 0x15, jumpTrue: 1, jumpFalse: 0, operand: PWRITE64 },
    KILL,
    ...loadSmall(0),
    ...blocks.flatMap(transferRule),
    KILL,
  ];
}
