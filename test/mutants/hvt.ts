import type { Mutant } from '../fixtures/mutant.ts';

const FILTER = ['test/unit/tender/monitors/hvt/filter.test.ts'];
const HYPERCALLS = ['test/unit/tender/monitors/hvt/hypercalls.test.ts'];
const DELIVER = ['test/unit/tender/monitors/hvt/deliver.test.ts'];
const GUESTS = ['test/e2e/hvt-guests.test.ts'];
const HOSTILE = ['test/e2e/hostile-hvt.test.ts'];
const EXITS = ['test/unit/tender/monitors/hvt/exits.test.ts'];

const hvt = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: readonly string[],
): Mutant => ({
  name: `hvt: ${name}`,
  file: `tender/monitors/hvt/${file}.ts`,
  find,
  replace,
  tests,
});

/** What stands between a unikernel for hvt and its tender. */
export const mutants: Mutant[] = [
  hvt(
    'calls of any architecture',
    'launch/filter',
    "    ...requireElse('equal', AUDIT_ARCH_X86_64, KILL_PROCESS),\n",
    '',
    FILTER,
  ),
  hvt(
    'calls from far away',
    'launch/filter',
    "    ...requireElse('equal', high(PROGRAM), KILL_PROCESS),\n",
    '',
    FILTER,
  ),
  hvt(
    'calls from behind the program',
    'launch/filter',
    "    ...block('at least', programBytes, [give(KILL_PROCESS)]),\n",
    '',
    FILTER,
  ),
  hvt('any futex', 'launch/filter', '  ...isExactly(ARGUMENT, TURN),\n', '', FILTER),
  hvt(
    'any operation of futexes',
    'launch/filter',
    "  ...block('any bit', ~1 >>> 0, [give(KILL_PROCESS)]),\n",
    '',
    FILTER,
  ),
  hvt(
    'high halves of arguments',
    'launch/filter',
    "    ...requireElse('equal', high(value), KILL_PROCESS),\n",
    '',
    FILTER,
  ),
  hvt(
    'any clock',
    'process/filter',
    "...requireElse('equal', CLOCK_MONOTONIC, KILL_PROCESS), ",
    '',
    FILTER,
  ),
  hvt('any arch_prctl', 'process/filter', '...isExactly(ARGUMENT, ARCH_SET_FS), ', '', FILTER),
  hvt(
    'any descriptor of KVM',
    'kvm/kvm-filter',
    '        ...isExactly(ARGUMENT, VCPU_FD),\n',
    '',
    FILTER,
  ),
  hvt(
    'requests of 64 bits',
    'kvm/kvm-filter',
    "        ...requireElse('equal', 0, KILL_PROCESS),\n",
    '',
    FILTER,
  ),
  hvt('memory has no end', 'guest-memory', ' && address + length < this.size', '', HYPERCALLS),
  hvt('memory has no beginning', 'guest-memory', 'return address >= 0 && ', 'return ', HYPERCALLS),
  hvt(
    'the tender writes to code',
    'guest-memory',
    'return !this.#protected.some((range) => address < range.end && end > range.start);',
    'return end > 0;',
    HYPERCALLS,
  ),
  hvt(
    'words are written anywhere',
    'guest-memory',
    '    this.writable(address, 8);\n',
    '',
    HYPERCALLS,
  ),
  hvt(
    'results are written anywhere',
    'guest-memory',
    '    this.writable(address, 4);\n',
    '',
    HYPERCALLS,
  ),
  hvt('no copy', 'guest-memory', '.slice().buffer', '.buffer', HYPERCALLS),
  hvt(
    'transfers of any length',
    'hypercalls',
    '    if (length > MAX_TRANSFER) return answer(Result.EINVAL);\n',
    '',
    HYPERCALLS,
  ),
  hvt(
    'the extent is not looked at first',
    'hypercalls',
    '    if (offset >= bytes || length > bytes - offset) return answer(Result.EINVAL);\n',
    '',
    HYPERCALLS,
  ),
  hvt(
    'a cookie anywhere',
    'hypercalls',
    '  if (cookie !== 0) memory.readable(cookie, COOKIE_BYTES);\n',
    '',
    HYPERCALLS,
  ),
  hvt(
    'a half-written frame of a fault',
    'process/deliver',
    '    memory.writable(Number(stack), 8 * words.length);\n',
    '',
    DELIVER,
  ),
  hvt(
    'gates that are not present',
    'process/deliver',
    '  if ((gate.getUint8(5) & PRESENT) === 0) return undefined;\n',
    '',
    DELIVER,
  ),
  hvt(
    'registers of a trap lie anywhere',
    'process/process-engine',
    'if (at >= CONTROL_PAGE && at <= CONTROL_BYTES - FRAME_BYTES && at % 8 === 0) return at;',
    'if (at >= CONTROL_PAGE) return at;',
    HOSTILE,
  ),
  hvt(
    'registers of a trap among the turns',
    'process/process-engine',
    'at >= CONTROL_PAGE && ',
    'at >= 0 && ',
    HOSTILE,
  ),
  hvt(
    'what the kernel mapped stays',
    'process/process-engine',
    '        UNMAP_REST,\n',
    '',
    HOSTILE,
  ),
  hvt('descriptors stay open', 'process/process-engine', '        CLOSE_ALL,\n', '', HOSTILE),
  hvt(
    'no filter',
    'launch/steps',
    "    { name: 'seccomp', number: 317, args: [1, 0, filter] },\n",
    '',
    HOSTILE,
  ),
  hvt(
    'new privileges',
    'launch/steps',
    "    { name: 'prctl', number: 157, args: [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0] },\n",
    '',
    HOSTILE,
  ),
  hvt(
    'a guest outlives its tender',
    'launch/steps',
    "    { name: 'prctl', number: 157, args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0] },\n",
    '',
    GUESTS,
  ),
  hvt(
    'processor time without end',
    'launch/steps',
    '...(cpuSeconds > 0 ? [cpu] : []),',
    '',
    GUESTS,
  ),
  hvt(
    'descriptors of the host in the manifest',
    'load-guest',
    'blockSize: sectorSize, fd: 0 }',
    'blockSize: sectorSize, fd: 5 }',
    GUESTS,
  ),
  hvt(
    'any data of a port',
    'kvm/structs',
    '    head.getUint32(36, true) === 1 &&\n    head.getBigUint64(40, true) === BigInt(PORT_DATA);',
    '    true;',
    EXITS,
  ),
  hvt(
    'an instruction of any length',
    'kvm/structs',
    'Math.min(head.getUint8(48), MAX_INSTRUCTION)',
    'head.getUint8(48)',
    EXITS,
  ),
];
