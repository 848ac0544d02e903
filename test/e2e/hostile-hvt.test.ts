// Unikernels for hvt that attack their tender, on both engines.
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import { CONTROL, Control, PROGRAM } from '../../tender/monitors/hvt/launch/layout.ts';
import { processEngine } from '../../tender/monitors/hvt/process/process-engine.ts';
import { Frame } from '../../tender/monitors/hvt/process/trap-code.ts';
import type { GuestEnd } from '../../tender/monitors/monitor.ts';
import { deferred } from '../fixtures/deferred.ts';
import type { Assembler } from '../fixtures/elf/assembler.ts';
import { hypercall, SCRATCH } from '../fixtures/elf/guest-code.ts';
import { ENGINES } from '../fixtures/elf/hvt-engines.ts';
import { forever, repeat, runHvtGuest } from '../fixtures/elf/hvt-guest.ts';
import { becomes, childrenOf, isRoot } from '../fixtures/processes.ts';
import { Random } from '../fuzz/random.ts';

const MEMORY = 2 * 2 ** 20;
/** A guest that is still there leaves with it. */
const ALIVE = 77;
const disks = () => ({ disk: createMemoryDevice(new Uint8Array(8192).fill(0x5a), 512, true) });

/** Addresses where something begins or ends, and what may be made of such by adding. */
const ADDRESSES = [
  0,
  1,
  8,
  0x1000,
  0x2000,
  0xfff8,
  0x10000,
  0x10038,
  0xffff0,
  0xfffff,
  0x100000,
  0x100800,
  SCRATCH,
  0x1f0001,
  MEMORY - 64,
  MEMORY - 40,
  MEMORY - 32,
  MEMORY - 24,
  MEMORY - 16,
  MEMORY - 9,
  MEMORY - 8,
  MEMORY - 1,
  MEMORY,
  MEMORY + 8,
  0x7fffffff,
  0x80000000,
  0xfffffff0,
  0xffffffff,
];
const NUMBERS: (number | bigint)[] = [
  ...ADDRESSES,
  2,
  3,
  511,
  512,
  513,
  1024,
  4096,
  8191,
  8192,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n - 8n,
  2n ** 64n - BigInt(MEMORY),
  0x5f00_0000_0000,
  PROGRAM,
];

/** A guest was ended for what it did, or left by itself; nothing else may have happened. */
function isHarmless(end: GuestEnd): boolean {
  if (end.kind === 'exit' && end.status === 1) {
    return /^(Invalid guest|host\/guest|unhandled|access outside|the guest )/.test(
      end.message ?? '',
    );
  }
  return end.kind === 'exit';
}

for (const { name: engine, skip } of ENGINES) {
  const options = { skip };

  t.test(`${engine}: every hypercall with every kind of bad argument`, options, async (t) => {
    const random = new Random(engine === 'kvm' ? 11 : 7);
    const statuses = new Map<string, number>();
    for (let round = 0; round < (engine === 'kvm' ? 66 : 154); round += 1) {
      const number = round % 11;
      const where = random.oneIn(3) ? random.pick(ADDRESSES) : 0x1f0000;
      const fields = Array.from({ length: 4 }, (_, index) =>
        index === 0 && random.oneIn(2) ? 1 : random.pick(NUMBERS),
      );
      const { end } = await runHvtGuest({
        engine,
        devices: disks(),
        code: ({ code, exit }) => {
          for (const [index, value] of fields.entries()) code.store(0x1f0000 + 8 * index, value);
          // To wait for ever is no attack.
          if (number === 3)
            code.store(where >= SCRATCH && where < MEMORY - 64 ? where : 0x1f0000, 5);
          code.out(0x500 + number, where);
          exit(ALIVE);
        },
      });
      const known = number === 8 || isHarmless(end);
      if (!known) t.fail(`hypercall ${number} at ${where} of ${fields}: ${JSON.stringify(end)}`);
      const key = end.kind === 'exit' ? `${end.status}` : end.kind;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
    }
    t.ok((statuses.get('1') ?? 0) > 15, 'many are ended for it');
    t.ok((statuses.get(`${ALIVE}`) ?? 0) > 15, 'many are answered');
    t.notOk(statuses.has('ended'), 'nothing of it is taken for a fault of the host');
  });

  t.test(`${engine}: nothing is written where a guest may not write`, options, async (t) => {
    for (const target of [0, 0x1000, 0x10000, 0x10038, 0xffff8, 0x100000]) {
      const { end } = await runHvtGuest({
        engine,
        devices: disks(),
        code: ({ code, exit }) => {
          hypercall(code, 5, 1, 0, target, 512, -1);
          exit(ALIVE);
        },
      });
      t.match(end, { kind: 'exit', status: 1, message: /the guest may not write there/ });
      for (const number of [1, 3, 5]) {
        const struct = await runHvtGuest({
          engine,
          devices: disks(),
          code: ({ code, exit }) => {
            code.out(0x500 + number, target);
            exit(ALIVE);
          },
        });
        t.match(struct.end, { status: 1, message: /the guest may not write there/ }, `${number}`);
      }
    }
  });

  t.test(`${engine}: code at random`, options, async (t) => {
    const random = new Random(3);
    for (let round = 0; round < (engine === 'kvm' ? 20 : 40); round += 1) {
      const bytes = random.bytes(256);
      // Instructions of ring 0, and of ours, among them.
      for (const at of [0, 16, 32, 64]) {
        bytes.set(
          random.pick([[0x0f, 0x01], [0x0f, 0x22], [0x0f, 0x30], [0xef], [0x8e], [0xcf]]),
          at,
        );
      }
      const { end } = await runHvtGuest({
        engine,
        devices: disks(),
        cpuSeconds: 1,
        code: ({ code }) => {
          for (const register of ['rax', 'rcx', 'rdx', 'rbx', 'rsi', 'rdi'] as const) {
            code.set(register, random.pick(NUMBERS));
          }
          code.raw(...bytes);
        },
      });
      const isOurs = end.kind === 'ended' && !/^KVM/.test(end.message);
      if (isOurs || (end.kind === 'exit' && !isHarmless(end) && end.message !== undefined)) {
        t.fail(`${Buffer.from(bytes).toString('hex')}: ${JSON.stringify(end)}`);
      }
    }
  });
}

const [processOnly, kvmOnly] = ENGINES.map(({ skip }) => ({ skip }));

/** `syscall` with these registers. */
function call(code: Assembler, number: number, ...args: (number | bigint)[]): void {
  code.syscall(number, ...args);
}

t.test('process: no system call, by any door', { ...processOnly }, async (t) => {
  const doors: Record<string, (code: Assembler) => void> = {
    syscall: (code) => call(code, 1, 1, SCRATCH, 1),
    'the number of getpid': (code) => call(code, 39),
    'a number of x32': (code) => call(code, 0x40000000 + 39),
    'a negative number': (code) => call(code, -1),
    exit: (code) => call(code, 231, 0),
    futex: (code) => call(code, 202, CONTROL, 1, 1),
    sigreturn: (code) => call(code, 15),
    'int 0x80': (code) => code.set('rax', 20).raw(0xcd, 0x80),
    sysenter: (code) => code.set('rax', 20).raw(0x0f, 0x34),
    'vsyscall, gettimeofday': (code) => code.set('rax', -10 * 2 ** 20).raw(0xff, 0xd0),
    'vsyscall, time': (code) => code.set('rax', -10 * 2 ** 20 + 1024).raw(0xff, 0xd0),
    'vsyscall, getcpu': (code) => code.set('rax', -10 * 2 ** 20 + 2048).raw(0xff, 0xd0),
  };
  for (const [what, write] of Object.entries(doors)) {
    const { end } = await runHvtGuest({
      engine: 'process',
      code: ({ code, exit }) => {
        write(code);
        exit(ALIVE);
      },
    });
    const isKilled = end.kind === 'signal' && ['SIGSYS', 'SIGSEGV'].includes(end.signal);
    const isFault =
      end.kind === 'exit' && end.status === 1 && /^unhandled /.test(end.message ?? '');
    t.ok(isKilled || isFault, `${what}: ${JSON.stringify(end)}`);
  }
  const { end } = await runHvtGuest({ engine: 'process', code: ({ code }) => call(code, 39) });
  t.match(end, { signal: 'SIGSYS', message: 'the guest made a system call: hvt guests have none' });
});

/** The program that stands beside a guest, and its system calls: behind each, where the filter looks. */
function programOf(): { readonly bytes: Uint8Array; readonly calls: readonly number[] } {
  const image = { memory: MEMORY, entry: 0x100000, end: 0x101000, segments: [] };
  const { file } = processEngine.buildProgram({ image, tenderPid: 1, cpuSeconds: 0, spins: 1 }, 3);
  const calls = [...file.keys()].filter((at) => file[at] === 0x0f && file[at + 1] === 0x05);
  return { bytes: file, calls };
}

t.test(
  'process: what stands beside the guest is of no use to it',
  { ...processOnly },
  async (t) => {
    const { calls } = programOf();
    t.ok(calls.length > 5);
    // To end the tender, to write to its console, to map memory, to run another program, to trace.
    const wanted: (number | bigint)[][] = [
      [62, process.pid, 9],
      [1, 1, SCRATCH, 1],
      [9, 0, 4096, 7, 0x22, -1, 0],
      [10, 0x100000, 4096, 7],
      [59, SCRATCH, 0, 0],
      [101, 16, process.pid, 0, 0],
      [310, process.pid, SCRATCH, 1, SCRATCH, 1],
      [202, CONTROL + 64, 1, 1],
      [202, SCRATCH, 0, 0],
      [158, 0x1001, SCRATCH],
      [228, 0, SCRATCH],
      [157, 38, 0, 0, 0],
      [317, 1, 0, SCRATCH],
    ];
    let ended = 0;
    for (const at of calls) {
      for (const [number = 0, ...args] of wanted) {
        const { end } = await runHvtGuest({
          engine: 'process',
          cpuSeconds: 1,
          code: ({ code }) => {
            const places = ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'] as const;
            for (const [index, value] of args.entries()) code.set(places[index] ?? 'rdi', value);
            code
              .set('rcx', PROGRAM + at)
              .set('rax', number)
              .raw(0xff, 0xe1); // jmp rcx
          },
        });
        if (end.kind === 'signal' && end.signal === 'SIGSYS') ended += 1;
        else t.fail(`call ${number} from ${at}: ${JSON.stringify(end)}`);
      }
    }
    t.equal(ended, calls.length * wanted.length);
  },
);

t.test('process: from any byte of it on', { ...processOnly }, async (t) => {
  const { bytes } = programOf();
  for (let at = 0; at < Math.min(bytes.length, 0x600); at += 11) {
    const abort = new AbortController();
    // Some are loops.
    setTimeout(() => abort.abort(), 20);
    const { end } = await runHvtGuest({
      engine: 'process',
      signal: abort.signal,
      code: ({ code }) => {
        code.set('rdi', process.pid).set('rsi', 9).set('rdx', SCRATCH).set('rbx', SCRATCH);
        code
          .set('rcx', PROGRAM + at)
          .set('rax', 62)
          .raw(0xff, 0xe1);
      },
    });
    const isOk = end.kind === 'signal' || (end.kind === 'exit' && isHarmless(end));
    if (!isOk) t.fail(`from ${at}: ${JSON.stringify(end)}`);
  }
});

/** A trap that did not happen: an `out` that the guest does not wait for. */
function forgeTrap(code: Assembler, frame: number, port: number, value: number, rip: number): void {
  const at = CONTROL + frame;
  code.store(at + Frame.VECTOR, 13).store(at + Frame.RIP, rip);
  code.store(at + Frame.RDX, port).store(at + Frame.RAX, value);
  code.store(CONTROL + Control.FRAME, at);
  code.store(CONTROL + Control.TURN, 1);
}

t.test(
  'process: a guest that changes memory while it is looked at',
  { ...processOnly },
  async (t) => {
    // Handle, offset, data and length of a read are others at any time; the tender sees one of them each.
    const { end } = await runHvtGuest({
      engine: 'process',
      devices: disks(),
      cpuSeconds: 5,
      code: ({ code, exit }) => {
        const out = code.data(Uint8Array.of(0xef, 0xf4));
        repeat(code, 20_000, () => {
          forgeTrap(code, 8192, 0x505, 0x1f0000, out);
          for (const value of [1, 64, 2n ** 64n - 1n, 1]) code.store(0x1f0000, value);
          for (const value of [0, 512, 2n ** 63n, 8192]) code.store(0x1f0008, value);
          for (const value of [SCRATCH, 0x1f0000, SCRATCH + 512]) code.store(0x1f0010, value);
          for (const value of [512, 0, 8192, 513, 512]) code.store(0x1f0018, value);
        });
        exit(ALIVE);
      },
    });
    t.ok(isHarmless(end) || end.kind === 'signal', JSON.stringify(end));
  },
);

t.test('process: traps that did not happen', { ...processOnly }, async (t) => {
  const edges: (number | bigint)[] = [
    0,
    1,
    CONTROL,
    CONTROL + 4095,
    CONTROL + 4096,
    CONTROL + 4100,
    CONTROL + 69632 - 231,
    CONTROL + 69632,
    CONTROL + 70000,
    PROGRAM,
    SCRATCH,
    2n ** 64n - 8n,
    2n ** 63n,
  ];
  for (const frame of edges) {
    const { end } = await runHvtGuest({
      engine: 'process',
      cpuSeconds: 1,
      code: ({ code }) => {
        code.store(CONTROL + Control.FRAME, frame);
        code.store(CONTROL + Control.TURN, 1);
        forever(code, () => {});
      },
    });
    const isKnown = isHarmless(end) || (end.kind === 'signal' && end.signal === 'SIGXCPU');
    t.ok(isKnown, `${frame}: ${JSON.stringify(end)}`);
    if (Number(frame) < CONTROL + 4096) t.match(end, { message: 'the guest broke its trap' });
  }
  // Registers that no trap can have, and turns of any value.
  const random = new Random(5);
  for (let round = 0; round < 40; round += 1) {
    const { end } = await runHvtGuest({
      engine: 'process',
      devices: disks(),
      cpuSeconds: 1,
      code: ({ code }) => {
        for (let at = Frame.R8; at <= Frame.CR2; at += 8) {
          code.store(CONTROL + 8192 + at, random.pick(NUMBERS));
        }
        code.store(CONTROL + 8192 + Frame.VECTOR, random.pick([0, 3, 6, 13, 14, 255, 2 ** 32 - 1]));
        code.store(CONTROL + Control.FRAME, CONTROL + 8192);
        code.store(CONTROL + Control.TURN, random.pick([1, 2, 2 ** 31, 2 ** 32 - 1]));
        forever(code, () => {});
      },
    });
    const isKnown = isHarmless(end) || (end.kind === 'signal' && end.signal === 'SIGXCPU');
    t.ok(isKnown, JSON.stringify(end));
  }
});

t.test('process: a guest that wakes its tender for nothing', { ...processOnly }, async (t) => {
  const { calls } = programOf();
  for (const at of calls) {
    const abort = new AbortController();
    const running = runHvtGuest({
      engine: 'process',
      signal: abort.signal,
      code: ({ code }) => {
        // What a handler returns to: this loop.
        const frame = SCRATCH + 8;
        code
          .set('r9', 0)
          .raw(0x49, 0xbc)
          .raw(...littleEndian(CONTROL)); // mov r12, CONTROL
        const start = code.here;
        for (const [register, value] of [
          [Frame.RIP, start],
          [Frame.RSP, MEMORY - 4096],
          [Frame.RFLAGS, 0x202],
          [Frame.RFLAGS + 8, 0x2b_0000_0000_0033n],
          [Frame.R8 + 32, CONTROL],
        ] as const) {
          code.store(frame + register, value);
        }
        code.set('rbx', SCRATCH).set('rdi', CONTROL).set('rsi', 1).set('rdx', 1);
        code
          .set('rcx', PROGRAM + at)
          .set('rax', 202)
          .raw(0xff, 0xe1);
      },
    });
    let beats = 0;
    const beat = setInterval(() => {
      beats += 1;
    }, 1);
    t.ok(await becomes(() => beats > 20), 'the caller is not blocked');
    clearInterval(beat);
    abort.abort();
    const { end } = await running;
    t.ok(end.kind === 'signal' || isHarmless(end), JSON.stringify(end));
  }
});

function littleEndian(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}

t.test(
  'process: what a guest has',
  { skip: processOnly?.skip || (!isRoot && 'only root may look') },
  async (t) => {
    const abort = new AbortController();
    const runs = deferred();
    const running = runHvtGuest({
      engine: 'process',
      signal: abort.signal,
      code: (guest) => {
        guest.say('!');
        forever(guest.code, () => hypercall(guest.code, 3, 10 ** 12, 0, 0));
      },
      onFirstOutput: runs.resolve,
    });
    await runs.promise;
    const [guest = 0] = childrenOf(process.pid).slice(-1);
    const status = readFileSync(`/proc/${guest}/status`, 'utf8');
    t.same(readdirSync(`/proc/${guest}/fd`), [], 'no descriptor');
    const maps = readFileSync(`/proc/${guest}/maps`, 'utf8').trim().split('\n');
    abort.abort();
    await running;
    t.match(status, /^NoNewPrivs:\t1$/m);
    t.match(status, /^Seccomp:\t2$/m);
    t.match(status, /^Threads:\t1$/m);
    const shown = maps
      .filter((line) => !/\[(vsyscall|vdso|vvar|vvar_vclock)\]$/.test(line))
      .map((line) => line.replace(/^0*([0-9a-f]+)-0*([0-9a-f]+) (\S+) .*$/, '$1-$2 $3'));
    t.same(shown, [
      '10000-100000 r--s',
      '100000-101000 r-xs',
      '101000-200000 rw-s',
      '5f0000000000-5f0000011000 rw-s',
      `600000000000-600000001000 r-xp`,
    ]);
  },
);

t.test(
  'kvm: what a guest has',
  { skip: kvmOnly?.skip || (!isRoot && 'only root may look') },
  async (t) => {
    const abort = new AbortController();
    const runs = deferred();
    const running = runHvtGuest({
      engine: 'kvm',
      signal: abort.signal,
      code: (guest) => {
        guest.say('!');
        forever(guest.code, () => hypercall(guest.code, 3, 10 ** 12, 0, 0));
      },
      onFirstOutput: runs.resolve,
    });
    await runs.promise;
    const [guest = 0] = childrenOf(process.pid).slice(-1);
    t.match(readFileSync(`/proc/${guest}/status`, 'utf8'), /^Seccomp:\t2$/m);
    t.same(readdirSync(`/proc/${guest}/fd`), ['0', '1', '2'], 'KVM, its machine, its processor');
    abort.abort();
    await running;
  },
);
