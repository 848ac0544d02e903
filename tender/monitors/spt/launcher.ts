import type { MemoryImage } from '../../guests/elf/segments.ts';
import { encodeProgram, type Instruction } from '../../jail/bpf.ts';
import { BOOT_INFO } from './boot-info.ts';
import { CALL_BYTES, type Call, launcherCode, Mode } from './launcher-code.ts';

/** What a launcher is to do. */
export interface LauncherPlan {
  readonly image: MemoryImage;
  /** The guest's file, from which its segments are read. */
  readonly guestFd: number;
  /** The launcher's own file. */
  readonly ownFd: number;
  /** An eventfd: nothing is done before it is written to. */
  readonly startFd: number;
  /** See `boot-info.ts`. */
  readonly bootInfo: Uint8Array;
  readonly filter: readonly Instruction[];
  /** What the guest keeps; all other descriptors are closed. */
  readonly fds: readonly number[];
  readonly tenderPid: number;
  /** What the process is called; 15 bytes at most. */
  readonly name: string;
  /** Whether others, the tender among them, may look into the process. */
  readonly dumpable: boolean;
}

/** A launcher: a file, and what it does, for messages. */
export interface Launcher {
  readonly file: Uint8Array;
  /** The call that a failed launcher has reported, by what it wrote. */
  callAt(address: bigint): Call | undefined;
}

/** Far above any guest, and far below what the kernel places by itself. */
const LAUNCHER = 0x600000000000;
/** The end of a process's addresses on x86_64. */
const END_OF_ADDRESSES = 0x7ffffffff000;
/** Guests know no memory below. */
const MEMORY_START = 0x10000;
const PAGE = 4096;
const ELF_HEADER = 64;
const CODE = ELF_HEADER + 2 * 56;
const LAST_FD = 0xffffffff;

const PROT_READ_WRITE = 3;
/** MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED. */
const FIXED_MEMORY = 0x32;

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** Everything between the descriptors that are kept. */
function closeOthers(fds: readonly number[]): Call[] {
  const calls: Call[] = [];
  let next = 0;
  for (const fd of [...new Set(fds)].sort((a, b) => a - b)) {
    if (fd > next) calls.push({ name: 'close_range', number: 436, args: [next, fd - 1, 0] });
    next = fd + 1;
  }
  // Kernels before 5.9 have no such call; the filter refuses descriptors that stay open.
  return [...calls, { name: 'close_range', number: 436, args: [next, LAST_FD, 0] }];
}

/** Fills the guest's memory. What fails is reported. */
function load({ image, guestFd, ownFd, startFd, bootInfo, tenderPid }: LauncherPlan, at: number) {
  const calls: Call[] = [
    // The tender may have ended before the kernel was asked to end this process with it.
    { name: 'getppid', number: 110, args: [], wanted: tenderPid },
    {
      name: 'mmap',
      number: 9,
      args: [MEMORY_START, image.memory - MEMORY_START, PROT_READ_WRITE, FIXED_MEMORY, -1, 0],
      wanted: MEMORY_START,
    },
    { name: 'read', number: 0, args: [startFd, BOOT_INFO, 8], wanted: 8 },
  ];
  for (const { start, end, address, offset, fileSize, protection } of image.segments) {
    calls.push(
      {
        name: 'pread64',
        number: 17,
        args: [guestFd, address, fileSize, offset],
        wanted: fileSize,
      },
      { name: 'mprotect', number: 10, args: [start, end - start, protection], wanted: 0 },
    );
  }
  const { length } = bootInfo;
  calls.push({ name: 'pread64', number: 17, args: [ownFd, BOOT_INFO, length, at], wanted: length });
  return calls;
}

/** Takes everything from the process that its guest does not need. */
function confine({ fds, dumpable }: LauncherPlan, size: number, name: number, program: number) {
  const end = LAUNCHER + align(size, PAGE);
  const calls: Call[] = [
    { name: 'prctl', number: 157, args: [15, name] }, // PR_SET_NAME
    ...closeOthers(fds),
    { name: 'prctl', number: 157, args: [38, 1, 0, 0, 0], wanted: 0 }, // PR_SET_NO_NEW_PRIVS
    // Stack, vdso. A vdso that the kernel sealed stays, and is of no use.
    { name: 'munmap', number: 11, args: [end, END_OF_ADDRESSES - end] },
    { name: 'seccomp', number: 317, args: [1, 0, program], wanted: 0 }, // SET_MODE_FILTER
  ];
  if (dumpable) return calls;
  // PR_SET_DUMPABLE
  return [{ name: 'prctl', number: 157, args: [4, 0, 0, 0, 0], wanted: 0 }, ...calls];
}

function encodeCalls(calls: readonly (readonly [Call, mode: number])[]): Uint8Array {
  const words = new BigInt64Array((calls.length * CALL_BYTES) / 8 + 1);
  calls.forEach(([{ number, args, wanted }, mode], index) => {
    const at = (index * CALL_BYTES) / 8;
    [number, ...args].forEach((value, place) => {
      words[at + place] = BigInt(value);
    });
    words[at + 7] = BigInt(wanted ?? 0);
    words[at + 8] = BigInt(wanted === undefined ? Mode.ANY : mode);
  });
  words[words.length - 1] = -1n;
  return new Uint8Array(words.buffer);
}

function writeHeaders(view: DataView, size: number): void {
  const put = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  // An executable for x86_64; see elf(5).
  view.setUint32(0, 0x7f454c46);
  view.setUint32(4, 0x02010100);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  put(24, LAUNCHER + CODE);
  put(32, ELF_HEADER);
  view.setUint16(52, ELF_HEADER, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  // PT_LOAD: to be read and executed.
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  put(80, LAUNCHER);
  put(88, LAUNCHER);
  put(96, size);
  put(104, size);
  put(112, PAGE);
  // PT_GNU_STACK: not to be executed.
  view.setUint32(120, 0x6474e551, true);
  view.setUint32(124, 6, true);
}

/**
 * Builds the program that a guest's process runs first: a static ELF file of one segment. It makes a list of
 * system calls, checks their results, and jumps into the guest; all logic is in the list.
 */
export function buildLauncher(plan: LauncherPlan): Launcher {
  const { image, ownFd, bootInfo, filter } = plan;
  const places = { ownFd, bootInfo: BOOT_INFO, stack: image.memory - 8, entry: image.entry };
  const codeBytes = launcherCode({ ...places, calls: 0 }).length;
  const name = align(CODE + codeBytes, 8);
  const program = name + 16;
  const instructions = program + 16;
  const list = instructions + filter.length * 8;
  // How many calls there are does not depend on where things are.
  const count = load(plan, 0).length + confine(plan, 0, 0, 0).length;
  const size = list + count * CALL_BYTES + 8;
  const loading = load(plan, size);
  const confining = confine(plan, size, LAUNCHER + name, LAUNCHER + program);
  const file = new Uint8Array(size + bootInfo.length);
  const view = new DataView(file.buffer);
  writeHeaders(view, size);
  file.set(launcherCode({ ...places, calls: LAUNCHER + list }), CODE);
  file.set(Buffer.from(plan.name).subarray(0, 15), name);
  // struct sock_fprog
  view.setUint16(program, filter.length, true);
  view.setBigUint64(program + 8, BigInt(LAUNCHER + instructions), true);
  file.set(encodeProgram(filter), instructions);
  const calls = [
    ...loading.map((call) => [call, Mode.REPORT] as const),
    ...confining.map((call) => [call, Mode.SIGNAL] as const),
  ];
  file.set(encodeCalls(calls), list);
  file.set(bootInfo, size);
  return {
    file,
    // The code has gone on to the next one when it reports.
    callAt: (address) => calls[(Number(address) - LAUNCHER - list) / CALL_BYTES - 1]?.[0],
  };
}
