import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { loadLater } from '../base/load-later.ts';
import type { Libc } from './libc.ts';
import type { Spawned } from './spawn.ts';

/** How a process ended: by its own status, by a signal, or before it began. */
export type ProcessEnd =
  | { readonly status: number }
  /** `cpuSeconds` is what it used; 0 where that is not known. */
  | { readonly signal: string; readonly cpuSeconds: number }
  | { readonly failure: string };

/** A process that `spawn` started, with its ends as Node's streams. */
export interface WatchedProcess {
  readonly pid: number;
  readonly channel: Duplex;
  readonly stderr: Readable;
  kill(): void;
  /** Called once it has ended and all its output has been read. */
  onEnd(listener: (end: ProcessEnd) => void): void;
}

/** Listens to a process, and waits for its end. */
export function watchProcess(libc: Libc, { pid, ...fds }: Spawned): WatchedProcess {
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
    // A process closes both by ending. One that closed them without ending cannot be served, and is killed.
    kill();
    reaped = reap(libc, pid);
    for (const listener of listeners) listener(reaped);
  };
  channel.on('close', onClose);
  stderr.on('close', onClose);
  stderr.on('error', () => {});
  const onEnd: WatchedProcess['onEnd'] = (listener) => void listeners.push(listener);
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
export function ownPath(): string {
  const { execPath } = process;
  if (execPath.includes('/')) return resolve(execPath);
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, execPath)).find(existsSync) ?? execPath;
}
