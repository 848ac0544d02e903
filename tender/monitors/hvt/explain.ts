import { HostError } from '../../base/errors.ts';
import type { GuestEnd } from '../monitor.ts';
import { explainSignal } from '../node/explain-end.ts';
import { ConsoleGone } from './console.ts';
import { GuestFault } from './guest-memory.ts';
import type { ProcessEnd } from './launch/start.ts';

/** The status of Solo5's tender for a guest that broke its rules. */
const FAULT_STATUS = 1;
/** A shell reports this for a program that writes to a closed pipe. */
const SIGPIPE_STATUS = 141;

/** The end of a guest that the tender stopped. */
export function explainFailure(error: unknown, symbolAtFault: () => string | undefined): GuestEnd {
  if (error instanceof ConsoleGone) return { kind: 'exit', status: SIGPIPE_STATUS };
  if (error instanceof GuestFault) {
    const symbol = symbolAtFault();
    const where = symbol === undefined ? '' : ` (${symbol})`;
    return { kind: 'exit', status: FAULT_STATUS, message: `${error.message}${where}` };
  }
  const message = error instanceof HostError ? error.message : String(error);
  return { kind: 'ended', fault: 'host', message };
}

/** The end of a guest whose process is gone. */
export function explainEnd(end: ProcessEnd, cpuSeconds: number): GuestEnd {
  if ('status' in end) return { kind: 'exit', status: end.status };
  const isCall = end.signal === 'SIGSYS';
  const message = isCall ? 'the guest made a system call: hvt guests have none' : undefined;
  return explainSignal(end, cpuSeconds, message);
}
