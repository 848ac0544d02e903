import { block, give, type Instruction, load, requireElse } from '../../../jail/bpf.ts';
import { CONTROL, Control, PROGRAM } from './layout.ts';

export const KILL_PROCESS = 0x80000000;
export const ALLOW = give(0x7fff0000);
const AUDIT_ARCH_X86_64 = 0xc000003e;

// struct seccomp_data of <linux/seccomp.h>; low words come first.
const NUMBER = 0;
const ARCH = 4;
const POINTER = 8;
/** Of the first one; the others follow, 8 bytes each. */
export const ARGUMENT = 16;

const TURN = CONTROL + Control.TURN;

function high(address: number): number {
  return Math.floor(address / 2 ** 32);
}

/** An argument of which the kernel looks at 64 bits is this one. */
export function isExactly(offset: number, value: number): Instruction[] {
  return [
    load(offset),
    ...requireElse('equal', value % 2 ** 32, KILL_PROCESS),
    load(offset + 4),
    ...requireElse('equal', high(value), KILL_PROCESS),
  ];
}

/** Sleeping on the turn, and waking who sleeps on it: FUTEX_WAIT 0, FUTEX_WAKE 1. */
export const TURN_RULE: readonly Instruction[] = [
  ...isExactly(ARGUMENT, TURN),
  load(ARGUMENT + 8),
  ...block('any bit', ~1 >>> 0, [give(KILL_PROCESS)]),
  ALLOW,
];

/** Any other call ends the process, as does a call from outside its own program. */
export function filterOf(
  programBytes: number,
  rules: readonly (readonly [number: number, rule: readonly Instruction[]])[],
): Instruction[] {
  return [
    load(ARCH),
    ...requireElse('equal', AUDIT_ARCH_X86_64, KILL_PROCESS),
    load(POINTER + 4),
    ...requireElse('equal', high(PROGRAM), KILL_PROCESS),
    load(POINTER),
    ...block('at least', programBytes, [give(KILL_PROCESS)]),
    load(NUMBER),
    ...rules.flatMap(([number, rule]) => block('equal', number, rule)),
    give(KILL_PROCESS),
  ];
}
