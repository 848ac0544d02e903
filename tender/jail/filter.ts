import { MAP_ANONYMOUS } from '../native/constants.ts';
import type { SyscallName, SyscallTable } from '../native/syscall-numbers.ts';
import { block, give, type Instruction, load, requireElse, unlessSkip } from './bpf.ts';
import { ALLOWED, DEADLY } from './syscall-policy.ts';

const ALLOW = give(0x7fff0000);
const RET_KILL_PROCESS = 0x80000000;
const KILL_PROCESS = give(RET_KILL_PROCESS);
const EPERM = give(0x00050000 | 1);

// struct seccomp_data of <linux/seccomp.h>; the low word of an argument comes first.
const NUMBER = 0;
const ARCH = 4;
const ARGUMENTS = 16;
/** x86_64 has a second numbering of its system calls from here on. */
const X32_BIT = 0x40000000;
/** Descriptors below are the console and its neighbours: nothing is read from them. */
const FIRST_OWN_FD = 3;

function argument(index: number): Instruction {
  return load(ARGUMENTS + index * 8);
}

/** Calls whose arguments decide. */
function conditional(table: SyscallTable, pid: number): Instruction[] {
  const rules: [SyscallName, Instruction[]][] = [
    ['read', [argument(0), ...block('at least', FIRST_OWN_FD, [ALLOW]), EPERM]],
    // No mapping of any descriptor: memory only.
    ['mmap', [argument(3), ...block('any bit', MAP_ANONYMOUS, [ALLOW]), EPERM]],
    // abort(3) raises a signal in its own thread.
    ['tgkill', [argument(0), ...block('equal', pid, [ALLOW]), KILL_PROCESS]],
  ];
  return rules.flatMap(([name, body]) => {
    const number = table.numbers[name];
    return number === undefined ? [] : block('equal', number, body);
  });
}

function each(table: SyscallTable, names: readonly SyscallName[], then: Instruction) {
  return names.flatMap((name) => {
    const number = table.numbers[name];
    return number === undefined ? [] : [unlessSkip('equal', number), then];
  });
}

/**
 * The seccomp program of a guest's process: an allow-list. Another architecture's calls, and those
 * of {@link DEADLY}, end the process; all others fail with EPERM.
 * @param pid of the guest's process
 */
export function guestFilter(table: SyscallTable, pid: number): Instruction[] {
  return [
    load(ARCH),
    ...requireElse('equal', table.auditArch, RET_KILL_PROCESS),
    load(NUMBER),
    ...(table.auditArch === 0xc000003e ? block('at least', X32_BIT, [KILL_PROCESS]) : []),
    ...each(table, ALLOWED, ALLOW),
    ...conditional(table, pid),
    ...each(table, DEADLY, KILL_PROCESS),
    EPERM,
  ];
}
