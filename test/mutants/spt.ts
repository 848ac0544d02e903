import type { Mutant } from '../fixtures/mutant.ts';

const FILTER = ['test/unit/tender/monitors/spt/filter.test.ts'];
const GUESTS = ['test/e2e/spt-guests.test.ts'];
const NETWORKS = ['test/e2e/unikernel-networks.test.ts'];

const spt = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: readonly string[] = GUESTS,
): Mutant => ({
  name: `spt: ${name}`,
  file: `tender/monitors/spt/${file}.ts`,
  find,
  replace,
  tests,
});

const net = (name: string, file: string, find: string, replace: string): Mutant => ({
  name: `net: ${name}`,
  file: `tender/net/${file}.ts`,
  find,
  replace,
  tests: NETWORKS,
});

/** What stands around a unikernel for spt, and what becomes its network. */
export const mutants: Mutant[] = [
  spt(
    'calls of any architecture',
    'filter',
    "...requireElse('equal', AUDIT_ARCH_X86_64, KILL_PROCESS),",
    '',
    FILTER,
  ),
  spt(
    'blocks of any size',
    'filter',
    "    ...requireElse('equal', blockSize, KILL_PROCESS),\n",
    '',
    FILTER,
  ),
  spt('offsets of any height', 'filter', "    ...block('above', upper, [KILL]),\n", '', FILTER),
  spt('offsets behind the disk', 'filter', "    ...block('above', lower, [KILL]),\n", '', FILTER),
  spt('one block too many', 'filter', 'capacity - blockSize)', 'capacity)', FILTER),
  spt(
    'arguments of 64 bits',
    'filter',
    "...requireElse('equal', 0, KILL_PROCESS), load(low(index))",
    'load(low(index))',
    FILTER,
  ),
  spt(
    'any clock',
    'filter',
    '[CLOCK_REALTIME, CLOCK_MONOTONIC]',
    '[CLOCK_REALTIME, CLOCK_MONOTONIC, 2]',
    FILTER,
  ),
  spt(
    'no filter',
    'launcher',
    "    { name: 'seccomp', number: 317, args: [1, 0, program], wanted: 0 }, // SET_MODE_FILTER\n",
    '',
  ),
  spt('descriptors of the tender', 'launcher', '    ...closeOthers(fds),\n', ''),
  spt(
    'a stack of the kernel',
    'launcher',
    "    { name: 'munmap', number: 11, args: [end, END_OF_ADDRESSES - end] },\n",
    '',
  ),
  spt(
    'code that can be written',
    'launcher',
    'args: [start, end - start, protection]',
    'args: [start, end - start, 7]',
  ),
  spt('cores', 'start-guest', '    limit(arena, RLIMIT_CORE, 0, 0),\n', ''),
  spt(
    "the terminal's signals",
    'start-guest',
    "    { call: 'setsid', args: [], required: true },\n",
    '',
  ),
  net('addresses of groups', 'open-net-device', '((bytes[0] as number) & 1) === 0 && ', ''),
  net('the console as a network', 'adopt-descriptor', 'if (fd < FIRST) throw', 'if (fd < 0) throw'),
  net(
    'streams as networks',
    'adopt-descriptor',
    'if (type !== SOCK_DGRAM && type !== SOCK_SEQPACKET) {',
    'if (false) {',
  ),
  net('names that the kernel fills in', 'interface', '/[%/:]/', '/[/:]/'),
];
