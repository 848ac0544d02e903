import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { HostError } from '../../base/errors.ts';
import { loadLater } from '../../base/load-later.ts';
import { startConfined, unconfinedSteps } from '../../jail/confine.ts';
import type { Walls } from '../../jail/walls.ts';
import { Arena } from '../../native/arena.ts';
import type { Libc } from '../../native/libc.ts';
import { createMemoryFile } from '../../native/shared-memory.ts';
import { type Spawned, type SpawnOptions, spawn } from '../../native/spawn.ts';
import { CHANNEL_FD } from './boot.ts';

/** How a process ended: by its own status, by a signal, or before it began. */
export type ProcessEnd =
  | { readonly status: number }
  /** `cpuSeconds` is what it used; 0 where that is not known. */
  | { readonly signal: string; readonly cpuSeconds: number }
  | { readonly failure: string };

/** The process of a guest, with the descriptors that it was given. */
export interface RuntimeProcess {
  readonly pid: number;
  readonly channel: Duplex;
  readonly stderr: Readable;
  /** The memory file that it has as its descriptor 4: the caller's to close. */
  readonly memoryFd: number | undefined;
  /** What the kernel took from it; undefined where nothing was to be taken. */
  readonly walls: Walls | undefined;
  kill(): void;
  /** Once it has ended, and all that it said has been read. */
  onEnd(listener: (end: ProcessEnd) => void): void;
}

/** What to start: Node with these arguments. */
export interface RuntimeCommand {
  readonly args: readonly string[];
  readonly consoleFd: number;
  /** Whether the kernel is to take all that can be taken from it. */
  readonly confined: boolean;
  /** What it reads once it has started. */
  readonly files: readonly string[];
  readonly cpuSeconds: number;
}

/** Starts it by the kernel alone. @throws {SyscallError} */
export function startByKernel(libc: Libc, command: RuntimeCommand): RuntimeProcess {
  const program = ownPath();
  const { args, consoleFd, confined, files, cpuSeconds } = command;
  const memoryFd = createMemoryFile(libc);
  const options = { file: program, args, cwd: '/', stdout: consoleFd, memory: memoryFd };
  const arena = new Arena(libc);
  const start = (by: Pick<SpawnOptions, 'flags' | 'steps'>) => spawn(libc, { ...options, ...by });
  try {
    const spawned: Spawned & { walls?: Walls } = confined
      ? startConfined(libc, { program, files, cpuSeconds }, start)
      : start({ flags: 0, steps: unconfinedSteps(arena, cpuSeconds) });
    return { ...watch(libc, spawned), memoryFd, walls: spawned.walls };
  } catch (error) {
    if (memoryFd !== undefined) libc.raw('close', memoryFd);
    throw error;
  } finally {
    arena.release();
  }
}

function watch(libc: Libc, { pid, ...fds }: Spawned) {
  const { Socket } = loadLater('node:net');
  const channel = new Socket({ fd: fds.channel, readable: true, writable: true });
  const stderr = new Socket({ fd: fds.stderr, readable: true, writable: false });
  let reaped: ProcessEnd | undefined;
  const kill = () => {
    if (reaped === undefined) libc.raw('kill', pid, constants.signals.SIGKILL);
  };
  const listeners: ((end: ProcessEnd) => void)[] = [];
  let open = 2;
  const onClose = () => {
    open -= 1;
    if (open > 0) return;
    // It closes both by ending. One that closed them otherwise cannot be served, and is ended.
    kill();
    reaped = reap(libc, pid);
    for (const listener of listeners) listener(reaped);
  };
  channel.on('close', onClose);
  stderr.on('close', onClose);
  stderr.on('error', () => {});
  const onEnd: RuntimeProcess['onEnd'] = (listener) => void listeners.push(listener);
  return { pid, channel, stderr, kill, onEnd };
}

/** Waits for a process that is ending; see wait(2) and getrusage(2). */
function reap(libc: Libc, pid: number): ProcessEnd {
  const status = new Int32Array(new ArrayBuffer(4));
  // Its struct rusage begins with the times in user and system mode: seconds, microseconds.
  const usage = new BigInt64Array(new ArrayBuffer(144));
  libc.raw('wait4', pid, libc.address(status.buffer), 0, libc.address(usage.buffer));
  const word = status[0] as number;
  const number = word & 0x7f;
  if (number === 0) return { status: (word >> 8) & 0xff };
  const [user = 0n, userMicros = 0n, system = 0n, systemMicros = 0n] = usage;
  const cpuSeconds = Number(user + system) + Number(userMicros + systemMicros) / 1e6;
  const names = Object.entries(constants.signals);
  const signal = names.find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
  return { signal, cpuSeconds };
}

/** The path of this Node; where /proc is not mounted, execPath is the name that it was called by. */
function ownPath(): string {
  const { execPath } = process;
  if (execPath.includes('/')) return resolve(execPath);
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, execPath)).find(existsSync) ?? execPath;
}

/** Starts it by Node's own means. @throws {HostError} */
export function startByNode({ args, consoleFd }: RuntimeCommand): RuntimeProcess {
  const { spawn } = loadLater('node:child_process');
  const child = spawn(ownPath(), args, {
    env: {},
    cwd: '/',
    // A session of its own: a terminal's signals are for the tender, and so is the terminal.
    detached: true,
    stdio: ['ignore', consoleFd, 'pipe', 'pipe'],
  });
  child.on('error', () => {});
  // What Node leaves out where there are no descriptors for the pipes.
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
