import { Arena } from './arena.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  F_DUPFD_CLOEXEC,
  O_CLOEXEC,
  SIG_SETMASK,
  SIGKILL,
  SOCK_STREAM,
} from './constants.ts';
import { type Launched, launch, type Step } from './launch.ts';
import type { Libc } from './libc.ts';

/** A program to start, in a session of its own. */
export interface SpawnOptions {
  readonly file: string;
  /** Behind the program's own name. */
  readonly args: readonly string[];
  /** NAME=VALUE; nothing if absent. */
  readonly environment?: readonly string[];
  readonly cwd: string;
  /** Becomes its descriptor 1. */
  readonly stdout: number;
  /** Become its descriptors from 4 on. */
  readonly fds: readonly number[];
  /** What the process does before it becomes the program. */
  readonly steps: readonly Step[];
  /** Of clone(2): new namespaces. */
  readonly flags: number;
}

/** A process; its ends of the pipe and the socket pair are closed here. */
export interface Spawned {
  readonly pid: number;
  /** Its descriptor 2, to be read from. */
  readonly stderr: number;
  /** One end of a socket pair, whose other one is its descriptor 3. */
  readonly channel: number;
  /** What the steps gave. */
  readonly results: Launched['results'];
}

/** The descriptors that a process is given are usually lower. */
const FIRST_SPARE_FD = 8;
/** The standard signals: 1 to 31. */
const SIGNALS = 31;
const SIGSTOP = 19;
const LAST_FD = 0xffffffffn;

/** Resets all signals: the new process would inherit that Node ignores SIGPIPE. */
export function defaultSignals(arena: Arena): Step[] {
  const action = arena.allot(32).address;
  const steps: Step[] = [];
  for (let signal = 1; signal <= SIGNALS; signal += 1) {
    if (signal === SIGKILL || signal === SIGSTOP) continue;
    steps.push({ call: 'rt_sigaction', args: [signal, action, 0, 8] });
  }
  return steps;
}

/** Makes `fds` the descriptors from 1 on, and /dev/null descriptor 0. */
function standardFds(arena: Arena, fds: readonly number[]): Step[] {
  return [
    ...fds.map(
      (fd, index) => ({ call: 'dup3', args: [fd, index + 1, 0], required: true }) as const,
    ),
    { call: 'close', args: [0] },
    { call: 'openat', args: [AT_FDCWD, arena.text('/dev/null'), 0, 0], required: true },
  ];
}

/**
 * Starts a program in a tenth of the time of `node:child_process`, which must be loaded first, and forks by
 * copying page tables. The program inherits no other descriptors.
 * @throws {SyscallError} where the kernel refuses
 */
export function spawn(libc: Libc, options: SpawnOptions): Spawned {
  const arena = new Arena(libc);
  const { file, args, cwd, stdout, fds, flags } = options;
  const pairs = arena.allot(16);
  const [channel = 0, channelThere = 0, stderr = 0, stderrThere = 0] = openPairs(libc, pairs);
  const there = [channelThere, stderrThere];
  try {
    const given = [stdout, stderrThere, channelThere, ...fds];
    // Above all places: none takes the place of one still to be moved.
    const spare = Math.max(FIRST_SPARE_FD, given.length + 1);
    const moved = given.map((fd) => libc.call('fcntl', fd, F_DUPFD_CLOEXEC, spare));
    there.push(...moved);
    const before: Step[] = [
      ...defaultSignals(arena),
      { call: 'setsid', args: [], required: true },
      ...standardFds(arena, moved),
      { call: 'chdir', args: [arena.text(cwd)], required: true },
    ];
    const after: Step[] = [
      ...closeOthers(libc, given.length + 1),
      { call: 'rt_sigprocmask', args: [SIG_SETMASK, arena.allot(8).address, 0, 8] },
      {
        call: 'execve',
        args: [
          arena.text(file),
          arena.texts([file, ...args]),
          arena.texts(options.environment ?? []),
        ],
        required: true,
      },
    ];
    const steps = [...before, ...options.steps, ...after];
    const { pid, results } = launch(libc, flags, steps);
    return { pid, stderr, channel, results: results.slice(before.length, -after.length) };
  } catch (error) {
    for (const fd of [channel, stderr]) libc.raw('close', fd);
    throw error;
  } finally {
    for (const fd of there) libc.raw('close', fd);
    arena.release();
  }
}

/** Closes descriptors that this process inherited itself. */
function closeOthers(libc: Libc, first: number): Step[] {
  // Kernels before 5.9 have no such call: each possible descriptor is closed.
  if (libc.raw('close_range', LAST_FD, LAST_FD, 0) === 0) {
    return [{ call: 'close_range', args: [first, LAST_FD, 0], required: true }];
  }
  return Array.from({ length: 1024 - first }, (_, index) => ({
    call: 'close',
    args: [first + index],
  }));
}

/** A socket pair, then a pipe: four descriptors that no other program inherits. */
function openPairs(libc: Libc, { buffer, address }: { buffer: ArrayBuffer; address: bigint }) {
  libc.call('socketpair', AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, address);
  const fds = new Int32Array(buffer);
  try {
    libc.call('pipe2', address + 8n, O_CLOEXEC);
  } catch (error) {
    for (const fd of fds.subarray(0, 2)) libc.raw('close', fd);
    throw error;
  }
  return fds;
}
