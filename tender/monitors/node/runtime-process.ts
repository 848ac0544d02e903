import type { Duplex, Readable } from 'node:stream';
import { HostError } from '../../base/errors.ts';
import { loadLater } from '../../base/load-later.ts';
import { startConfined, unconfinedSteps } from '../../jail/confine.ts';
import type { Walls } from '../../jail/walls.ts';
import { Arena } from '../../native/arena.ts';
import type { Libc } from '../../native/libc.ts';
import { createMemoryFile } from '../../native/shared-memory.ts';
import { type Spawned, type SpawnOptions, spawn } from '../../native/spawn.ts';
import { ownPath, type ProcessEnd, watchProcess } from '../../native/watched-process.ts';
import { CHANNEL_FD } from './boot.ts';

/** The process of a guest, with the descriptors that it was given. */
export interface RuntimeProcess {
  readonly pid: number;
  readonly channel: Duplex;
  readonly stderr: Readable;
  /** The memory file, its descriptor 4. The caller closes this one. */
  readonly memoryFd: number | undefined;
  /** What the kernel took from it; undefined if it is not confined. */
  readonly walls: Walls | undefined;
  kill(): void;
  /** Called once it has ended and all its output has been read. */
  onEnd(listener: (end: ProcessEnd) => void): void;
}

/** What to start: Node with these arguments. */
export interface RuntimeCommand {
  readonly args: readonly string[];
  readonly consoleFd: number;
  /** Whether the kernel takes its rights. */
  readonly confined: boolean;
  /** Files that it reads at its start. */
  readonly files: readonly string[];
  readonly cpuSeconds: number;
}

/** Starts it by the kernel alone. @throws {SyscallError} */
export function startByKernel(libc: Libc, command: RuntimeCommand): RuntimeProcess {
  const program = ownPath();
  const { args, consoleFd, confined, files, cpuSeconds } = command;
  const memoryFd = createMemoryFile(libc);
  const options = {
    file: program,
    args,
    cwd: '/',
    stdout: consoleFd,
    fds: memoryFd === undefined ? [] : [memoryFd],
  };
  const arena = new Arena(libc);
  const start = (by: Pick<SpawnOptions, 'flags' | 'steps'>) => spawn(libc, { ...options, ...by });
  try {
    const spawned: Spawned & { walls?: Walls } = confined
      ? startConfined(libc, { program, files, cpuSeconds }, start)
      : start({ flags: 0, steps: unconfinedSteps(arena, cpuSeconds) });
    return { ...watchProcess(libc, spawned), memoryFd, walls: spawned.walls };
  } catch (error) {
    if (memoryFd !== undefined) libc.raw('close', memoryFd);
    throw error;
  } finally {
    arena.release();
  }
}

/** Starts it by Node's own means. @throws {HostError} */
export function startByNode({ args, consoleFd }: RuntimeCommand): RuntimeProcess {
  const { spawn } = loadLater('node:child_process');
  const child = spawn(ownPath(), args, {
    env: {},
    cwd: '/',
    // A session of its own: the terminal and its signals are for the tender.
    detached: true,
    stdio: ['ignore', consoleFd, 'pipe', 'pipe'],
  });
  child.on('error', () => {});
  // Node leaves it out if there are no descriptors for the pipes.
  if ((child.stdio as unknown) === undefined)
    throw new HostError('cannot start Node: too many open files');
  return {
    pid: child.pid ?? 0,
    channel: child.stdio[CHANNEL_FD] as Duplex,
    stderr: child.stderr as Readable,
    memoryFd: undefined,
    walls: undefined,
    kill: () => void child.kill('SIGKILL'),
    onEnd(listener) {
      child.on('error', ({ message }) => listener({ failure: message }));
      child.on('close', (status, signal) => {
        listener(signal === null ? { status: status ?? 0 } : { signal, cpuSeconds: 0 });
      });
    },
  };
}
