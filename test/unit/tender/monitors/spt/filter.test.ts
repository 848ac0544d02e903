// What a guest of spt may ask of the kernel: stated as a table, and compared with libseccomp's program for the
// rules of Solo5's own tender, where this system has that library.
import t from 'tap';
import { encodeProgram } from '../../../../../tender/jail/bpf.ts';
import { type FilterPlan, sptFilter } from '../../../../../tender/monitors/spt/filter.ts';
import { answerCall } from '../../../../fixtures/bpf-machine.ts';
import { compileRules, type Rule } from '../../../../fixtures/libseccomp.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const X86_64 = 0xc000003e;

const PLANS: Readonly<Record<string, FilterPlan>> = {
  'no devices': { epollFd: 7, timerFd: 8, blocks: [], nets: [] },
  'one disk': {
    epollFd: 7,
    timerFd: 8,
    blocks: [{ fd: 5, blockSize: 512, capacity: 4096 }],
    nets: [],
  },
  'disks of any size, and networks': {
    epollFd: 30,
    timerFd: 3,
    blocks: [
      { fd: 4, blockSize: 512, capacity: 512 },
      { fd: 5, blockSize: 4096, capacity: 2 ** 32 + 4095 },
      { fd: 6, blockSize: 32_768, capacity: 2 ** 32 + 32_768 },
      { fd: 9, blockSize: 512, capacity: 2 ** 45 },
    ],
    nets: [10, 11],
  },
  '63 disks': {
    epollFd: 70,
    timerFd: 71,
    blocks: Array.from({ length: 63 }, (_, index) => ({
      fd: 3 + index,
      blockSize: 512 << (index % 4),
      capacity: 65_536 * (index + 1),
    })),
    nets: [],
  },
};

/** The rules, as Solo5's documentation and sources state them. */
function rulesOf({ epollFd, timerFd, blocks, nets }: FilterPlan): Rule[] {
  const is = (argument: number, value: number) => ({ argument, op: 'EQ', value }) as const;
  return [
    ...[1, ...nets].map((fd): Rule => [1, [is(0, fd)]]),
    ...nets.map((fd): Rule => [0, [is(0, fd)]]),
    [231, []],
    [281, [is(0, epollFd)]],
    [286, [is(0, timerFd)]],
    [228, [is(0, 0)]],
    [228, [is(0, 1)]],
    [158, [is(0, 0x1002)]],
    ...blocks.flatMap(({ fd, blockSize, capacity }) =>
      [17, 18].map(
        (number): Rule => [
          number,
          [is(0, fd), is(2, blockSize), { argument: 3, op: 'LE', value: capacity - blockSize }],
        ],
      ),
    ),
  ];
}

/** What the rules say, without a program. */
function allows(rules: readonly Rule[], number: number, args: readonly bigint[]): boolean {
  return rules.some(
    ([name, comparisons]) =>
      name === number &&
      comparisons.every(({ argument, op, value }) => {
        const given = args[argument] ?? 0n;
        return op === 'EQ' ? given === BigInt(value) : given <= BigInt(value);
      }),
  );
}

/** Every call's arguments at the edges of what its rules say, one changed at a time. */
function* samples({ blocks, nets, epollFd, timerFd }: FilterPlan): Generator<[number, bigint[]]> {
  const top = 2n ** 64n - 1n;
  const fds = [0, 1, 2, epollFd, timerFd, ...nets, ...blocks.map(({ fd }) => fd), 200, -1];
  const around = (value: number | bigint) =>
    [-1n, 0n, 1n, 2n ** 32n, 2n ** 63n].map((by) => BigInt.asUintN(64, BigInt(value) + by));
  for (let number = 0; number < 512; number += 1) {
    for (const fd of fds) yield [number, [BigInt.asUintN(64, BigInt(fd)), 0n, 512n, 0n]];
  }
  for (const number of [0, 1, 17, 18, 158, 228, 231, 281, 286]) {
    for (const fd of fds) {
      for (const value of around(fd)) yield [number, [value, top, 512n, 0n, top, top]];
    }
    for (const value of [0x1001, 0x1002, 0x1003].flatMap(around)) yield [number, [value]];
    for (const { fd, blockSize, capacity } of blocks) {
      for (const size of around(blockSize)) {
        for (const edge of [0, blockSize, capacity - blockSize, capacity, 2 ** 32, 2 ** 53]) {
          for (const offset of around(edge)) yield [number, [BigInt(fd), top, size, offset]];
        }
      }
    }
  }
}

for (const [name, plan] of Object.entries(PLANS)) {
  t.test(name, async (t) => {
    const filter = sptFilter(plan);
    t.ok(filter.length <= 4096, `${filter.length} instructions: as many as the kernel takes`);
    const program = encodeProgram(filter);
    const rules = rulesOf(plan);
    const theirs = compileRules(rules);
    if (theirs === undefined) t.pass('skipped: libseccomp is not installed');
    let [seen, differ, fromTheirs, allowed] = [0, 0, 0, 0];
    for (const [number, args] of samples(plan)) {
      const call = { arch: X86_64, number, args };
      const answer = answerCall(program, call);
      seen += 1;
      if (answer === ALLOW) allowed += 1;
      if (answer !== (allows(rules, number, args) ? ALLOW : KILL)) differ += 1;
      if (theirs !== undefined && (answerCall(theirs, call) === ALLOW) !== (answer === ALLOW)) {
        fromTheirs += 1;
      }
    }
    t.equal(differ, 0, `all ${seen} calls as the rules say`);
    t.equal(fromTheirs, 0, 'and as libseccomp has it');
    t.ok(allowed > 10, `${allowed} of them allowed`);
    for (const arch of [0x40000003, 0xc00000b7, 0]) {
      t.equal(answerCall(program, { arch, number: 1, args: [1] }), KILL, 'another architecture');
    }
    for (const number of [0x40000001, -1 >>> 0]) {
      t.equal(answerCall(program, { arch: X86_64, number, args: [1] }), KILL, 'another numbering');
    }
  });
}
