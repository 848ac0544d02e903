import { SIGKILL } from './constants.ts';
import type { Libc } from './libc.ts';

const CONT = 7;
const GETREGS = 12;
const GETEVENTMSG = 0x4201;
const GETSIGINFO = 0x4202;
const SEIZE = 0x4206;
const LISTEN = 0x4208;
const O_TRACEEXIT = 0x40;
const O_EXITKILL = 0x100000;
const EVENT_EXIT = 6;
const EVENT_STOP = 128;
/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
const STOP_SIGNALS = [19, 20, 21, 22];

/** Registers of a process (struct user_regs_struct of x86_64), in bytes. */
const REGISTERS_BYTES = 216;
const [RIP, ORIG_RAX] = [128, 120];
const SIGINFO_BYTES = 128;

/** Why a watched process has stopped. */
export type Stop =
  /** A signal is about to be delivered; `address` and `code` are those of a fault (siginfo_t). */
  | {
      readonly kind: 'signal';
      readonly signal: number;
      readonly code: number;
      readonly address: bigint;
      readonly registers: DataView;
    }
  /** It ends, as wait(2) will tell; its memory is still there. */
  | { readonly kind: 'exit'; readonly status: number; readonly registers: DataView }
  /** Somebody stopped it, or lets it go on. */
  | { readonly kind: 'group'; readonly stopped: boolean };

/** Watches another process. All calls must come from the thread that attached. */
export interface Tracer {
  /** @param word what wait(2) gave for a stopped process */
  describe(word: number): Stop;
  /** Continues it after a stop of that kind. */
  resume(stop: Stop): void;
}

/** Where the next instruction is. */
export function instructionPointer(registers: DataView): number {
  return Number(registers.getBigUint64(RIP, true));
}

/** The number of the system call that a process is in; negative for none. */
export function systemCall(registers: DataView): number {
  return Number(registers.getBigInt64(ORIG_RAX, true));
}

/**
 * Attaches to a process without stopping it, to learn what ends it. The process ends with this thread.
 * @returns undefined where the system does not allow it
 */
export function trace(libc: Libc, pid: number): Tracer | undefined {
  const call = (request: number, address: number | bigint, data: number | bigint) =>
    libc.raw('ptrace', request, pid, address, data);
  if (call(SEIZE, 0, O_EXITKILL | O_TRACEEXIT) < 0) return undefined;
  function registers(): DataView {
    const buffer = new ArrayBuffer(REGISTERS_BYTES);
    call(GETREGS, 0, libc.address(buffer));
    return new DataView(buffer);
  }
  return {
    describe(word) {
      const signal = (word >> 8) & 0xff;
      const event = word >> 16;
      if (event === EVENT_STOP) return { kind: 'group', stopped: STOP_SIGNALS.includes(signal) };
      if (event === EVENT_EXIT) {
        const message = new BigUint64Array(new ArrayBuffer(8));
        call(GETEVENTMSG, 0, libc.address(message.buffer));
        return { kind: 'exit', status: Number(message[0]), registers: registers() };
      }
      const info = new DataView(new ArrayBuffer(SIGINFO_BYTES));
      call(GETSIGINFO, 0, libc.address(info.buffer));
      return {
        kind: 'signal',
        signal,
        code: info.getInt32(8, true),
        address: info.getBigUint64(16, true),
        registers: registers(),
      };
    },
    resume(stop) {
      if (stop.kind === 'group' && stop.stopped) call(LISTEN, 0, 0);
      else if (call(CONT, 0, stop.kind === 'signal' ? stop.signal : 0) < 0) {
        // It is gone, or will never continue: a stopped process must not remain.
        libc.raw('kill', pid, SIGKILL);
      }
    },
  };
}
