import { Arena } from './arena.ts';
import {
  CLONE_VFORK,
  CLONE_VM,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  SIG_SETMASK,
  SIGCHLD,
} from './constants.ts';
import { launchCode } from './launch-code.ts';
import { type Libc, SyscallError } from './libc.ts';
import type { SyscallName } from './syscall-numbers.ts';

/** One system call that a new process makes before it becomes another program. */
export interface Step {
  readonly call: SyscallName;
  readonly args: readonly (number | bigint)[];
  /** Where it fails, the process ends. */
  readonly required?: boolean;
}

/** A process that was started, and the results of its steps. */
export interface Launched {
  readonly pid: number;
  /** The result of each step, or −errno; undefined if it was not reached, or did not return. */
  readonly results: readonly (number | undefined)[];
}

// As `launch-code.ts` reads them: number, six arguments, required, result.
const STEP_WORDS = 9;
const REQUIRED = 7;
const RESULT = 8;
/** No system call returns this. */
const NOT_REACHED = 0x7fffffff;
const CODE_BYTES = 4096;

let code: bigint | undefined;

function mapCode(libc: Libc): bigint {
  const bytes = launchCode(process.arch);
  if (bytes === undefined) throw new Error(`no code for ${process.arch}`);
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const address = libc.call('mmap', 0, CODE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
  new Uint8Array(libc.view(BigInt(address), CODE_BYTES)).set(bytes);
  libc.call('mprotect', address, CODE_BYTES, PROT_READ | PROT_EXEC);
  return BigInt(address);
}

function encodeSteps(libc: Libc, steps: readonly Step[], buffer: ArrayBuffer): void {
  const words = new BigInt64Array(buffer);
  // Most are small: halves are written faster than 64 bits at once.
  const halves = new Int32Array(buffer);
  const put = (word: number, value: number | bigint) => {
    if (typeof value === 'bigint') words[word] = value;
    else {
      halves[word * 2] = value;
      halves[word * 2 + 1] = value < 0 ? -1 : value / 2 ** 32;
    }
  };
  steps.forEach(({ call, args, required }, index) => {
    const at = index * STEP_WORDS;
    put(at, libc.numberOf(call));
    for (const [place, value] of args.entries()) put(at + 1 + place, value);
    put(at + REQUIRED, required === true ? 1 : 0);
    put(at + RESULT, NOT_REACHED);
  });
}

/**
 * Starts a process that makes the steps, in order, and waits until it has become another program by
 * the last of them, or has ended. Until then it shares this process's memory, and this thread sleeps.
 * @param flags of clone(2), for new namespaces
 * @throws {SyscallError} if the process cannot be started, or a required step failed
 */
export function launch(libc: Libc, flags: number, steps: readonly Step[]): Launched {
  code ??= mapCode(libc);
  const arena = new Arena(libc);
  const list = arena.allot(steps.length * STEP_WORDS * 8);
  encodeSteps(libc, steps, list.buffer);
  const plan = arena.words([BigInt(flags | CLONE_VM | CLONE_VFORK | SIGCHLD), list.address]);
  // Otherwise a signal would run this process's handlers in the new one, on shared memory.
  const all = arena.words([-1n]);
  const old = arena.allot(8).address;
  libc.call('rt_sigprocmask', SIG_SETMASK, all, old, 8);
  const pid = libc.callAt(code, plan);
  libc.call('rt_sigprocmask', SIG_SETMASK, old, 0, 8);
  if (pid < 0) throw new SyscallError('clone', -pid);
  const halves = new Int32Array(list.buffer);
  const results = steps.map((_, index) => {
    const result = halves[(index * STEP_WORDS + RESULT) * 2];
    return result === NOT_REACHED ? undefined : result;
  });
  arena.release();
  const failed = steps.findIndex((step, index) => step.required && (results[index] ?? 0) < 0);
  const failure = steps[failed];
  if (failure !== undefined) {
    libc.raw('wait4', pid, 0, 0, 0);
    throw new SyscallError(failure.call, -(results[failed] as number));
  }
  return { pid, results };
}
