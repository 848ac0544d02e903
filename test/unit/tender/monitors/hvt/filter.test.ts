// What the filter of a guest's process answers, by a machine for classic BPF as the kernel has one.
import t from 'tap';
import { encodeProgram } from '../../../../../tender/jail/bpf.ts';
import { kvmFilter } from '../../../../../tender/monitors/hvt/kvm/kvm-filter.ts';
import { CONTROL, PROGRAM } from '../../../../../tender/monitors/hvt/launch/layout.ts';
import { processFilter } from '../../../../../tender/monitors/hvt/process/filter.ts';
import { answerCall } from '../../../../fixtures/bpf-machine.ts';

const BYTES = 0x300;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const X86_64 = 0xc000003e;
const HIGH = 2n ** 32n;

type Call = readonly [number: number, ...args: (number | bigint)[]];

function ask(
  filter: Uint8Array,
  [number, ...args]: Call,
  from = PROGRAM + 2,
  arch = X86_64,
): number {
  return answerCall(filter, { arch, number, args, pointer: BigInt(from) });
}

const FILTERS: Record<
  string,
  { filter: Uint8Array; allowed: readonly Call[]; refused: readonly Call[] }
> = {
  process: {
    filter: encodeProgram(processFilter(BYTES)),
    allowed: [
      [202, CONTROL, 0, 1],
      [202, CONTROL, 1, 1],
      [15],
      [228, 1, 0x180000],
      [158, 0x1002, 0x123456789n],
    ],
    refused: [
      [202, CONTROL + 4, 0, 1],
      [202, BigInt(CONTROL) + HIGH, 0, 1],
      // FUTEX_FD, FUTEX_REQUEUE, FUTEX_LOCK_PI, a private one.
      [202, CONTROL, 2],
      [202, CONTROL, 3],
      [202, CONTROL, 6],
      [202, CONTROL, 128],
      [228, 0, 0x180000],
      [228, 5, 0x180000],
      [158, 0x1001, 0],
      [158, 0x1003, 0],
      [158, HIGH + 0x1002n, 0],
      [16, 2, 0xae80],
    ],
  },
  kvm: {
    filter: encodeProgram(kvmFilter(BYTES)),
    allowed: [
      [202, CONTROL, 0, 1],
      [16, 2, 0xae80],
      [16, 2, 0x8090ae81],
      [16, 2, 0xaea3],
    ],
    refused: [
      // Another machine, memory of another's, a device.
      [16, 0, 0xae01],
      [16, 1, 0x4020ae46],
      [16, 2, 0x4090ae82],
      [16, 1, 0xae80],
      [16, 2n + HIGH, 0xae80],
      [16, 2, 0xae80n + HIGH],
      [202, CONTROL, 3],
      [15],
      [228, 1],
      [158, 0x1002],
    ],
  },
};

for (const [name, { filter, allowed, refused }] of Object.entries(FILTERS)) {
  t.test(name, async (t) => {
    for (const call of allowed) {
      t.equal(ask(filter, call), ALLOW, `${call}`);
      t.equal(ask(filter, call, PROGRAM + BYTES - 1), ALLOW, `${call} from the last instruction`);
      for (const from of [0x100002, PROGRAM + BYTES, PROGRAM - 1, CONTROL + 4096, 2 ** 32, -1]) {
        t.equal(ask(filter, call, from), KILL, `${call} from ${from}`);
      }
      t.equal(ask(filter, call, PROGRAM, 0x40000003), KILL, `${call} of i386`);
      t.equal(ask(filter, [call[0] + 0x40000000, ...call.slice(1)]), KILL, `${call} of x32`);
    }
    for (const call of refused) t.equal(ask(filter, call), KILL, `${call}`);
    const numbers = new Set(allowed.map(([number]) => number));
    for (let number = 0; number < 600; number += 1) {
      const answer = ask(filter, [number, 1, 2, 3]);
      if (!numbers.has(number) && answer !== KILL) t.fail(`${number}`);
    }
  });
}
