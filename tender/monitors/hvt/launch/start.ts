import { closeSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { HostError } from '../../../base/errors.ts';
import { Arena } from '../../../native/arena.ts';
import { F_SETFD, MFD_CLOEXEC, SIGKILL } from '../../../native/constants.ts';
import { launch } from '../../../native/launch.ts';
import { type Libc, type SharedMapping, SyscallError } from '../../../native/libc.ts';
import { createMemoryFile, mapSealed } from '../../../native/shared-memory.ts';
import { CONTROL_BYTES, Control } from './layout.ts';
import type { LaunchProgram, LaunchStep } from './program.ts';

/** Kernels before 6.3 do not know it, and let every memory file be executed. */
const MFD_EXEC = 0x10;
const AT_EMPTY_PATH = 0x1000;
const WNOHANG = 1;
/** Of struct rusage. */
const RUSAGE_BYTES = 144;

/** How a process ended. */
export type ProcessEnd =
  | { readonly status: number }
  /** `cpuSeconds` is what it used. */
  | { readonly signal: string; readonly cpuSeconds: number };

/** Memory that a guest's process and the tender share: the guest's, then the control page. */
export interface SharedFile {
  readonly fd: number;
  readonly mapping: SharedMapping;
  /** Of the guest, in bytes: where the control page begins. */
  readonly memorySize: number;
}

/** @throws {HostError} where the system refuses */
export function createSharedFile(libc: Libc, memorySize: number): SharedFile {
  const fd = createMemoryFile(libc);
  if (fd === undefined)
    throw new HostError('cannot start the guest: no memory files (memfd_create)');
  try {
    return { fd, mapping: mapSealed(libc, fd, memorySize + CONTROL_BYTES), memorySize };
  } catch (error) {
    closeSync(fd);
    if (error instanceof SyscallError)
      throw new HostError(`cannot start the guest: ${error.message}`);
    throw error;
  }
}

/** A process that runs a guest. */
export interface GuestProcess {
  readonly pid: number;
  kill(): void;
  /** How it ended, if it did. */
  look(): ProcessEnd | undefined;
  /** Waits on another thread. */
  waitForEnd(done: (end: ProcessEnd) => void): void;
}

function createProgramFile(libc: Libc, file: Uint8Array): number {
  const arena = new Arena(libc);
  const name = arena.text('docteur-guest');
  let fd = libc.raw('memfd_create', name, MFD_CLOEXEC | MFD_EXEC);
  if (fd === -constants.errno.EINVAL) fd = libc.raw('memfd_create', name, MFD_CLOEXEC);
  arena.release();
  if (fd < 0) throw new SyscallError('memfd_create', -fd);
  for (let at = 0; at < file.length; ) at += writeSync(fd, file, at);
  return fd;
}

/**
 * Starts a guest's process. The calling thread is its parent: when that thread ends, the kernel ends the
 * process.
 * @param program whose first step maps the control page
 * @throws {HostError}
 */
export function startProcess(libc: Libc, program: LaunchProgram, shared: SharedFile): GuestProcess {
  const arena = new Arena(libc);
  let programFd = -1;
  try {
    programFd = createProgramFile(libc, program.file);
    const { pid } = launch(libc, 0, [
      { call: 'fcntl', args: [shared.fd, F_SETFD, 0], required: true },
      {
        call: 'execveat',
        args: [
          programFd,
          arena.text(''),
          arena.texts(['docteur-guest']),
          arena.texts([]),
          AT_EMPTY_PATH,
        ],
        required: true,
      },
    ]);
    return watch(libc, pid);
  } catch (error) {
    if (error instanceof SyscallError)
      throw new HostError(`cannot start the guest: ${error.message}`);
    throw error;
  } finally {
    if (programFd >= 0) closeSync(programFd);
    arena.release();
  }
}

function watch(libc: Libc, pid: number): GuestProcess {
  const status = new Int32Array(new ArrayBuffer(4));
  const usage = new BigInt64Array(new ArrayBuffer(RUSAGE_BYTES));
  const args = (options: number) =>
    [pid, libc.address(status.buffer), options, libc.address(usage.buffer)] as const;
  let end: ProcessEnd | undefined;
  return {
    pid,
    kill() {
      if (end === undefined) libc.raw('kill', pid, SIGKILL);
    },
    look() {
      if (end === undefined && libc.raw('wait4', ...args(WNOHANG)) === pid) {
        end = decodeEnd(status[0] as number, usage);
      }
      return end;
    },
    waitForEnd(done) {
      libc.callLater('wait4', args(0), () => {
        end ??= decodeEnd(status[0] as number, usage);
        done(end);
      });
    },
  };
}

function decodeEnd(word: number, usage: BigInt64Array): ProcessEnd {
  const number = word & 0x7f;
  if (number === 0) return { status: (word >> 8) & 0xff };
  // Times in user and system mode: seconds, microseconds.
  const [user = 0n, userMicros = 0n, system = 0n, systemMicros = 0n] = usage;
  const cpuSeconds = Number(user + system) + Number(userMicros + systemMicros) / 1e6;
  const [signal] = Object.entries(constants.signals).find(([, value]) => value === number) ?? [];
  return { signal: signal ?? `signal ${number}`, cpuSeconds };
}

/** Why a process ended before its guest ran. */
export function explainFailedLaunch(control: DataView, steps: readonly LaunchStep[]): string {
  const step = steps[control.getUint32(Control.STEP, true)];
  const result = Number(control.getBigInt64(Control.RESULT, true));
  if (step === undefined) return 'it ended';
  if (result < 0) return new SyscallError(step.name, -result).message;
  return `${step.name} gave ${result}`;
}
