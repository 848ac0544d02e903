import type { ProcessEnd } from '../../native/watched-process.ts';
import type { GuestEnd } from '../monitor.ts';

/**
 * The least share of the limit that a process used which was ended for it. The kernel limits by ticks of its
 * clock but reports processor time, which is less on a busy virtual machine.
 */
const LEAST_PART = 0.5;
/** The status of abort(3) if none of its signals ends the process. */
const ABORT_STATUS = 127;

/**
 * Whether this may have been abort(3). The first process of a PID namespace ignores its signal, and it ends in
 * other ways.
 */
export function isAbort(end: ProcessEnd): boolean {
  if ('signal' in end) return end.signal === 'SIGSEGV' || end.signal === 'SIGILL';
  return 'status' in end && end.status === ABORT_STATUS;
}

/**
 * How a guest ended whose process was ended by a signal.
 * @param bound limit of its processor time, in seconds; 0 for none
 * @param message what is known from elsewhere
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
