import {
  PR_SET_DUMPABLE,
  PR_SET_NO_NEW_PRIVS,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_SET_MODE_FILTER,
} from '../native/constants.ts';
import type { Step } from '../native/launch.ts';
import type { Libc } from '../native/libc.ts';
import { encodeProgram, type Instruction } from './bpf.ts';
import {
  backEndFilter,
  type FilterOptions,
  fetcherFilter,
  fetcherProgramFilter,
  guestFilter,
  mountFilter,
  serverFilter,
} from './filter.ts';
import { takeAllRights } from './landlock.ts';
import { limitKernelObjects, limitMemory } from './limits.ts';

/** What the jail of a process depends on. */
export interface JailOptions {
  /** Of the guest, in MiB. */
  readonly memory: number;
  /** The version of Landlock that confines this process already; 0 for none. */
  readonly landlock: number;
  /** The bound on numbers of new descriptors: 0, for a guest, allows none. */
  readonly descriptors?: number;
}

/** The address of a guest's filter for this process, which the kernel can read there. */
export function prepareFilter(libc: Libc): bigint {
  return keepProgram(libc, guestFilter(libc.table, ownOptions(libc)));
}

/** The same for the device of a virtual machine; see `backEndFilter`. */
export function prepareBackEndFilter(libc: Libc, listener: number): bigint {
  return keepProgram(libc, backEndFilter(libc.table, ownOptions(libc), listener));
}

/** The same for the server of a mounted image; see `mountFilter`. */
export function prepareMountFilter(libc: Libc, image: number): bigint {
  return keepProgram(libc, mountFilter(libc.table, ownOptions(libc), image));
}

/** The same for a process that serves clients; see `serverFilter`. */
export function prepareServerFilter(libc: Libc, listeners: readonly number[]): bigint {
  return keepProgram(libc, serverFilter(libc.table, ownOptions(libc), listeners));
}

let fetcher: bigint | undefined;

/** How a process is to be started that fetches images; see `fetcherFilter`. It can have no new privileges by then. */
export function fetcherFilterStep(libc: Libc): Step {
  fetcher ??= keepProgram(libc, fetcherFilter(libc.table));
  return { call: 'seccomp', args: [SECCOMP_SET_MODE_FILTER, 0, fetcher], required: true };
}

/** Lets a process that fetches images execute nothing more. @throws where the kernel refuses it */
export function closeFetcher(libc: Libc): void {
  libc.call('prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  installFilter(libc, keepProgram(libc, fetcherProgramFilter(libc.table)));
}

function ownOptions(libc: Libc): FilterOptions {
  return { pid: libc.call('getpid'), musl: libc.musl };
}

function keepProgram(libc: Libc, program: readonly Instruction[]): bigint {
  const code = encodeProgram(program);
  // struct sock_fprog: u16 count, padding, pointer.
  const header = new DataView(new ArrayBuffer(16));
  header.setUint16(0, program.length, true);
  header.setBigUint64(8, libc.keep(code), true);
  return libc.keep(new Uint8Array(header.buffer));
}

/** Installs the filter for all threads at once, or fails. It cannot be removed. */
function installFilter(libc: Libc, address: bigint): void {
  const failed = libc.call('seccomp', SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, address);
  if (failed !== 0) throw new Error(`thread ${failed} does not take the filter`);
}

/**
 * Closes every door of this process for good: from here on it can compute, wait, write to the
 * descriptors that it has, read those from 3 on, and end.
 * @param filter see {@link prepareFilter}
 * @throws where the kernel refuses any part of it
 */
export function installJail(
  libc: Libc,
  filter: bigint,
  { memory, landlock, descriptors = 0 }: JailOptions,
): void {
  limitMemory(libc, memory);
  libc.call('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  libc.call('prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (landlock > 0) takeAllRights(libc, landlock);
  limitKernelObjects(libc, descriptors);
  installFilter(libc, filter);
}
