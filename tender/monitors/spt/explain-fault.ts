import { instructionPointer, type Stop, systemCall } from '../../native/ptrace.ts';

/** Signals of faults, as wait(2) numbers them, and what they say. */
const FAULTS: Readonly<Record<number, string>> = {
  4: 'invalid instruction',
  5: 'trap',
  7: 'bus error',
  8: 'arithmetic error',
  11: 'invalid memory access',
};
const SIGSEGV = 11;
const SIGBUS = 7;
const SIGSYS = 31;
/** Of a signal that the kernel sends by itself: with SIGSEGV, a general protection fault. */
const SI_KERNEL = 0x80;
const SEGV_MAPERR = 1;
const SEGV_ACCERR = 2;

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** What the fault was about. */
function detail({ signal, code, address }: Extract<Stop, { kind: 'signal' }>): string {
  if (signal !== SIGSEGV && signal !== SIGBUS) return '';
  if (code === SEGV_MAPERR) return ` at ${hex(address)}, where there is no memory`;
  if (code === SEGV_ACCERR) return ` at ${hex(address)}, which is protected`;
  return code === SI_KERNEL ? ' (general protection fault)' : '';
}

/**
 * The fault behind a stop, in one line; undefined if there is none.
 * @param symbolAt what the guest's file says is at an address
 */
export function explainFault(
  stop: Stop,
  symbolAt: (address: number) => string | undefined,
): string | undefined {
  if (stop.kind === 'group') return undefined;
  const at = instructionPointer(stop.registers);
  const symbol = symbolAt(at);
  const where = `rip=${hex(at)}${symbol === undefined ? '' : ` (${symbol})`}`;
  if (stop.kind === 'exit') {
    if ((stop.status & 0x7f) !== SIGSYS) return undefined;
    return `guest fault: system call ${systemCall(stop.registers)} is not allowed so: ${where}`;
  }
  const fault = FAULTS[stop.signal];
  // Anybody may send a signal by kill(2), whose code is 0 or less: that tells nothing about the guest.
  return fault === undefined || stop.code <= 0
    ? undefined
    : `guest fault: ${fault}${detail(stop)}: ${where}`;
}
