import { closeSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { HostError } from '../../base/errors.ts';
import { Arena } from '../../native/arena.ts';
import {
  F_SETFD,
  MFD_CLOEXEC,
  PR_SET_PDEATHSIG,
  RLIMIT_CORE,
  RLIMIT_CPU,
  SIG_SETMASK,
  SIGKILL,
} from '../../native/constants.ts';
import { launch, type Step } from '../../native/launch.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import { defaultSignals } from '../../native/spawn.ts';

/** Kernels before 6.3 do not know it, and let every memory file be executed. */
const MFD_EXEC = 0x10;
const AT_EMPTY_PATH = 0x1000;

/** A memory file that can be executed. @throws {HostError} */
export function createProgramFile(libc: Libc): number {
  const arena = new Arena(libc);
  const name = arena.text('docteur-launcher');
  let fd = libc.raw('memfd_create', name, MFD_CLOEXEC | MFD_EXEC);
  if (fd === -constants.errno.EINVAL) fd = libc.raw('memfd_create', name, MFD_CLOEXEC);
  arena.release();
  if (fd < 0) {
    throw new HostError(`cannot start the guest: ${new SyscallError('memfd_create', -fd).message}`);
  }
  return fd;
}

/** A process to start. */
export interface StartOptions {
  /** The memory file of its program, which it inherits with the others. */
  readonly programFd: number;
  readonly program: Uint8Array;
  /** Keep their numbers. */
  readonly inherited: readonly number[];
  /** Becomes its descriptor 1. */
  readonly consoleFd: number;
  /** Processor time; 0 for no bound. */
  readonly cpuSeconds: number;
}

function limit(arena: Arena, resource: number, soft: number, hard: number): Step {
  const pair = arena.words([BigInt(soft), BigInt(hard)]);
  return { call: 'prlimit64', args: [0, resource, pair, 0], required: true };
}

/**
 * Starts a program out of a memory file, in a session of its own, without an environment, and with this thread's
 * end as its own.
 * @returns its pid
 * @throws {HostError}
 */
export function startProgram(libc: Libc, options: StartOptions): number {
  const { programFd, program, inherited, consoleFd, cpuSeconds } = options;
  for (let at = 0; at < program.length; ) at += writeSync(programFd, program, at);
  const arena = new Arena(libc);
  const keep = (fd: number): Step => ({ call: 'fcntl', args: [fd, F_SETFD, 0], required: true });
  const console: Step =
    consoleFd === 1 ? keep(1) : { call: 'dup3', args: [consoleFd, 1, 0], required: true };
  const steps: Step[] = [
    { call: 'prctl', args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0], required: true },
    ...defaultSignals(arena),
    { call: 'setsid', args: [], required: true },
    console,
    ...[programFd, ...inherited].map(keep),
    limit(arena, RLIMIT_CORE, 0, 0),
    // SIGXCPU at the first limit, SIGKILL at the second.
    ...(cpuSeconds > 0 ? [limit(arena, RLIMIT_CPU, cpuSeconds, cpuSeconds + 1)] : []),
    { call: 'rt_sigprocmask', args: [SIG_SETMASK, arena.allot(8).address, 0, 8] },
    {
      call: 'execveat',
      args: [programFd, arena.text(''), arena.texts(['guest']), arena.texts([]), AT_EMPTY_PATH],
      required: true,
    },
  ];
  try {
    return launch(libc, 0, steps).pid;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new HostError(`cannot start the guest: ${error.message}`);
  } finally {
    arena.release();
  }
}

/** Descriptors that are closed together. */
export class OpenFds {
  readonly #fds: number[] = [];

  add(fd: number): number {
    this.#fds.push(fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#fds.splice(0)) closeSync(fd);
  }
}
