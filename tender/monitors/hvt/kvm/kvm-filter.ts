import { give, type Instruction, load, requireElse, unlessSkip } from '../../../jail/bpf.ts';
import { ALLOW, ARGUMENT, filterOf, isExactly, KILL_PROCESS, TURN_RULE } from '../launch/filter.ts';
import { KVM_GET_REGS, KVM_GET_TSC_KHZ, KVM_RUN, VCPU_FD } from './run-code.ts';

/** The process asks KVM to run its processor, and for its registers; nothing else. */
export function kvmFilter(programBytes: number): Instruction[] {
  const requests = [KVM_RUN, KVM_GET_REGS, KVM_GET_TSC_KHZ];
  return filterOf(programBytes, [
    [202, TURN_RULE],
    [
      16,
      [
        ...isExactly(ARGUMENT, VCPU_FD),
        load(ARGUMENT + 8 + 4),
        ...requireElse('equal', 0, KILL_PROCESS),
        load(ARGUMENT + 8),
        ...requests.flatMap((request) => [unlessSkip('equal', request), ALLOW]),
        give(KILL_PROCESS),
      ],
    ],
  ]);
}
