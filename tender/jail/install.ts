import { closeSync } from 'node:fs';
import {
  PR_SET_DUMPABLE,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  RLIMIT_CORE,
  RLIMIT_DATA,
  RLIMIT_NOFILE,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_SET_MODE_FILTER,
  SIGKILL,
} from '../native/constants.ts';
import type { Libc } from '../native/libc.ts';
import { encodeProgram } from './bpf.ts';
import { guestFilter } from './filter.ts';

/** Room for what Node itself goes on to need while a guest runs, in bytes. */
const RUNTIME_MARGIN = 64 * 2 ** 20;

/** What the jail of a process depends on. */
export interface JailOptions {
  /** Of the guest, in MiB. */
  readonly memory: number;
  /** Bytes of data segment that are in use before the guest runs. */
  readonly dataBytes: number;
  /** Descriptors to close: the process did not ask for them. */
  readonly strayFds: readonly number[];
}

/**
 * Has the kernel end this process when the tender ends, however that happens.
 * @throws where the tender is gone already
 */
export function dieWithTender(libc: Libc, tenderPid: number): void {
  libc.call('prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  // It may have ended before the line above took effect.
  if (libc.call('getppid') !== tenderPid) throw new Error('the tender is gone');
}

function limit(libc: Libc, resource: number, bytes: bigint): void {
  const pair = new BigUint64Array(2).fill(bytes);
  libc.call('prlimit64', 0, resource, libc.keep(new Uint8Array(pair.buffer)), 0);
}

function limitResources(libc: Libc, { memory, dataBytes }: JailOptions): void {
  limit(libc, RLIMIT_DATA, BigInt(dataBytes + memory * 2 ** 20 + RUNTIME_MARGIN));
  limit(libc, RLIMIT_CORE, 0n);
  // Descriptors that are open stay; there can be no further one.
  limit(libc, RLIMIT_NOFILE, 0n);
}

/** The filter of this process, in memory where the kernel can read it: its address. */
export function prepareFilter(libc: Libc): bigint {
  const program = guestFilter(libc.table, libc.call('getpid'));
  const code = encodeProgram(program);
  // struct sock_fprog: u16 count, padding, pointer.
  const header = new DataView(new ArrayBuffer(16));
  header.setUint16(0, program.length, true);
  header.setBigUint64(8, libc.keep(code), true);
  return libc.keep(new Uint8Array(header.buffer));
}

/** The filter goes to all threads at once, or the call fails. There is no way back. */
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
export function installJail(libc: Libc, filter: bigint, options: JailOptions): void {
  for (const fd of options.strayFds) closeSync(fd);
  limitResources(libc, options);
  libc.call('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  libc.call('prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  installFilter(libc, filter);
}
