import {
  PR_SET_DUMPABLE,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  RLIMIT_CORE,
  RLIMIT_CPU,
  SIG_SETMASK,
  SIGKILL,
} from '../../../native/constants.ts';
import { CONTROL, CONTROL_BYTES, END_OF_ADDRESSES, PROGRAM, PROGRAM_ROOM } from './layout.ts';
import type { LaunchStep } from './program.ts';

const PROT_READ_WRITE = 3;
const MAP_SHARED_FIXED = 0x11;
const LAST_FD = 0xffffffff;

/** Maps a part of the memory file that it shares with the tender. */
export function mapFile(fd: number, address: number, length: number, offset: number): LaunchStep {
  const args = [address, length, PROT_READ_WRITE, MAP_SHARED_FIXED, fd, offset];
  return { name: 'mmap', number: 9, args, wanted: address };
}

/** The first step of all: what later ones give is written to the control page. */
export function mapControl(fd: number, memorySize: number): LaunchStep {
  return mapFile(fd, CONTROL, CONTROL_BYTES, memorySize);
}

/** Two struct rlimit: no core; processor time, where it is bounded. */
export function limits(cpuSeconds: number): BigUint64Array {
  return BigUint64Array.of(0n, 0n, BigInt(cpuSeconds), BigInt(cpuSeconds));
}

/**
 * A session of its own, so that only the tender gets a terminal's signals; its end with the tender; its limits.
 * @param data the address of {@link limits}
 * @param noSignals the address of 8 zero bytes
 */
export function belongToTender(
  tenderPid: number,
  cpuSeconds: number,
  data: number,
  noSignals: number,
): LaunchStep[] {
  const cpu: LaunchStep = { name: 'prlimit64', number: 302, args: [0, RLIMIT_CPU, data + 16, 0] };
  return [
    { name: 'prctl', number: 157, args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0] },
    // It may have ended before.
    { name: 'getppid', number: 110, args: [], wanted: tenderPid },
    { name: 'setsid', number: 112, args: [], wanted: 'any' },
    { name: 'prlimit64', number: 302, args: [0, RLIMIT_CORE, data, 0] },
    ...(cpuSeconds > 0 ? [cpu] : []),
    // All are blocked while a process starts.
    { name: 'rt_sigprocmask', number: 14, args: [SIG_SETMASK, noSignals, 0, 8] },
  ];
}

/** Closes every descriptor. Kernels before 5.9 cannot, but the filter makes open ones useless. */
export const CLOSE_ALL: LaunchStep = {
  name: 'close_range',
  number: 436,
  args: [0, LAST_FD, 0],
  wanted: 'any',
};

/** Bytes of {@link robustList}. */
const ROBUST_BYTES = 24;

/**
 * A list of locks that this process holds (set_robust_list(2)): none, but one that it seems to be about to
 * take. When it ends, however it does, the kernel wakes who waits for that one.
 * @param at its own address
 */
export function robustList(at: number, word: number): BigUint64Array {
  return BigUint64Array.of(BigInt(at), 0n, BigInt(word));
}

/** @param robust the address of {@link robustList} */
export function wakeAtEnd(robust: number): LaunchStep {
  const args = [robust, ROBUST_BYTES];
  // Without one, the tender looks from time to time.
  return { name: 'set_robust_list', number: 273, args, wanted: 'any' };
}

/** Unmaps what the kernel mapped by itself: stack, vdso. A sealed vdso stays, and is of no use. */
export const UNMAP_REST: LaunchStep = {
  name: 'munmap',
  number: 11,
  args: [PROGRAM + PROGRAM_ROOM, END_OF_ADDRESSES - PROGRAM - PROGRAM_ROOM],
  wanted: 'any',
};

/**
 * The last ones: no new rights, nothing for others to look into, and the filter, behind which there is no
 * further step.
 * @param filter the address of a struct sock_fprog
 */
export function closeDoors(filter: number): LaunchStep[] {
  return [
    { name: 'prctl', number: 157, args: [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0] },
    { name: 'prctl', number: 157, args: [PR_SET_DUMPABLE, 0, 0, 0, 0] },
    { name: 'seccomp', number: 317, args: [1, 0, filter] },
  ];
}
