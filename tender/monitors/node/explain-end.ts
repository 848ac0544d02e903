import type { ProcessEnd } from '../../native/watched-process.ts';
import type { GuestEnd } from '../monitor.ts';

/**
 * Of the bound, as much a process used at least that was ended for it. The kernel bounds ticks of its
 * clock, and tells the time on a processor: on a busy virtual machine that is less.
 */
const LEAST_PART = 0.5;
/** What abort(3) leaves with where none of its signals ends the process. */
const ABORT_STATUS = 127;

/**
 * Whether it may have been abort(3): its signal is ignored by the first process of a PID namespace, and
 * it has other ways then.
 */
export function isAbort(end: ProcessEnd): boolean {
  if ('signal' in end) return end.signal === 'SIGSEGV' || end.signal === 'SIGILL';
  return 'status' in end && end.status === ABORT_STATUS;
}

/**
 * What the end by a signal says of the guest.
 * @param bound of its processor time, in seconds; 0 for none
 * @param message what is known otherwise
 */
export function explainSignal(
  { signal, cpuSeconds }: { readonly signal: string; readonly cpuSeconds: number },
  bound: number,
  message: string | undefined,
): GuestEnd {
  if (bound > 0 && signal === 'SIGKILL' && cpuSeconds >= bound * LEAST_PART) {
    const used = `the guest used up its processor time (--cpu=${bound})`;
    return { kind: 'signal', signal: 'SIGXCPU', message: used };
  }
  return { kind: 'signal', signal, message };
}
