import { constants } from 'node:os';
import { isStop, watchChild } from '../../native/child-watch.ts';
import { SIGKILL } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import { type Stop, trace } from '../../native/ptrace.ts';

/** How a process ended. */
export type ProcessEnd =
  | { readonly status: number }
  /** The number of the signal, and its name. */
  | { readonly number: number; readonly signal: string; readonly cpuSeconds: number };

/** A guest's process. */
export interface GuestProcess {
  /** Settles when it is gone. */
  readonly ended: Promise<ProcessEnd>;
  /** Whether its faults can be told. */
  readonly traced: boolean;
  kill(): void;
}

function nameOf(number: number): string {
  const names = Object.entries(constants.signals);
  return names.find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/** Watches a child of this thread until it is gone. @param onStop called when it faults or ends */
export function watchGuest(libc: Libc, pid: number, onStop: (stop: Stop) => void): GuestProcess {
  const tracer = trace(libc, pid);
  let gone = false;
  const ended = new Promise<ProcessEnd>((resolve) => {
    watchChild(libc, pid, ({ word, cpuSeconds }) => {
      if (isStop(word)) {
        const stop = tracer?.describe(word);
        if (stop === undefined) return;
        onStop(stop);
        tracer?.resume(stop);
        return;
      }
      gone = true;
      const number = word & 0x7f;
      if (number === 0) resolve({ status: (word >> 8) & 0xff });
      else resolve({ number, signal: nameOf(number), cpuSeconds });
    });
  });
  return {
    ended,
    traced: tracer !== undefined,
    kill() {
      if (!gone) libc.raw('kill', pid, SIGKILL);
    },
  };
}
