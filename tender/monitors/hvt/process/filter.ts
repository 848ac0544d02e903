import { type Instruction, load, requireElse } from '../../../jail/bpf.ts';
import { ALLOW, ARGUMENT, filterOf, isExactly, KILL_PROCESS, TURN_RULE } from '../launch/filter.ts';

const CLOCK_MONOTONIC = 1;
const ARCH_SET_FS = 0x1002;

/** The filter of a guest's process: the guest's own code makes no system call at all. */
export function processFilter(programBytes: number): Instruction[] {
  return filterOf(programBytes, [
    [202, TURN_RULE],
    [15, [ALLOW]],
    [228, [load(ARGUMENT), ...requireElse('equal', CLOCK_MONOTONIC, KILL_PROCESS), ALLOW]],
    [158, [...isExactly(ARGUMENT, ARCH_SET_FS), ALLOW]],
  ]);
}
