// The kernel's wall alone: native code in a guest's place asks for every system call there is.
import t from 'tap';
import { buildNativeTender, cannotRun, runners } from '../fixtures/native-tender.ts';
import { NODES } from '../fixtures/nodes.ts';
import { childrenOf } from '../fixtures/processes.ts';
import { scratchFolder, startNode, writeGuest } from '../fixtures/tender.ts';

/** What may be asked, by the numbers of x86_64: read, write, close, mmap and so on. */
const ASKED = [
  0, 1, 3, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 35, 39, 60, 96, 131, 143, 145, 186, 202, 204, 219,
  228, 230, 231, 232, 233, 234, 281, 318, 324, 329,
];
/** What ends the process: execve, fork, ptrace, sockets, other processes and so on. */
const DEADLY = {
  execve: 59,
  execveat: 322,
  fork: 57,
  vfork: 58,
  ptrace: 101,
  process_vm_readv: 310,
  process_vm_writev: 311,
  kill: 62,
  tkill: 200,
  pidfd_open: 434,
  pidfd_getfd: 438,
  pidfd_send_signal: 424,
  socket: 41,
  socketpair: 53,
  connect: 42,
  bind: 49,
  listen: 50,
  accept: 43,
  accept4: 288,
  sendto: 44,
  sendmsg: 46,
  recvmsg: 47,
  bpf: 321,
  io_uring_setup: 425,
  io_uring_enter: 426,
  'getpid by the numbers of x32': 0x40000000 + 39,
  'read by the numbers of x32': 0x40000000,
};
/** Not asked with any arguments: they end the process, cut its heap, or fill it with random numbers. */
// The kernel keeps 335 and 336 (uretprobe, uprobe) from every filter, and ends who has no probe.
const ENDS = [12, 15, 335, 336, 60, 231, 234, 318, ...Object.values(DEADLY)];

/** Every number, with several kinds of arguments: prints what gave anything but EPERM. */
const SWEEP = `
const { sys, allot, say, exit } = native;
const skip = new Set(${JSON.stringify(ENDS)});
const page = () => allot(4096).address;
const found = new Set();
for (let number = 0; number < 1024; number++) {
  if (skip.has(number)) continue;
  const kinds = [[0, 0, 0, 0, 0, 0], [-1, -1, -1, -1, -1, -1], [-1, page(), 1, 1, 1, 1]];
  for (let kind = 0; kind < 2; kind++) kinds.push(Array.from({ length: 6 }, page));
  kinds.push([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff]);
  for (const args of kinds) {
    const result = sys(number, ...args);
    if (result !== -1) found.add(number);
  }
}
say(JSON.stringify([...found]));
exit(0);
`;

/** Calls of whose arguments it depends: what it is, the call, what it gives. */
const ATTEMPTS: [string, (number | string)[], 'refused' | 'granted'][] = [
  ['wait on a word', [202, 'page', 0, 7, 'page'], 'granted'],
  ['wake', [202, 'page', 1, 1], 'granted'],
  ['move who waits on a word', [202, 'page', 3, 0, 100, 'page'], 'refused'],
  ['the same within the process', [202, 'page', 3 | 128, 0, 100, 'page'], 'refused'],
  ['move and compare', [202, 'page', 4, 0, 100, 'page'], 'refused'],
  ['wake and change', [202, 'page', 5, 1, 0, 'page'], 'refused'],
  ['lock with priorities', [202, 'page', 6], 'refused'],
  ['move to such a lock', [202, 'page', 12, 1, 0, 'page'], 'refused'],
  ['the end of the heap', [12, 0], 'granted'],
  ['random numbers', [318, 'page', 16, 0], 'granted'],
  ['memory', [9, 0, 65536, 3, 0x22, -1, 0], 'granted'],
  ['shared memory', [9, 0, 65536, 3, 0x21, -1, 0], 'refused'],
  ['a stack that grows', [9, 0, 65536, 3, 0x122, -1, 0], 'refused'],
  ['locked memory', [9, 0, 65536, 3, 0x2022, -1, 0], 'refused'],
  ['huge pages', [9, 0, 2097152, 3, 0x40022, -1, 0], 'refused'],
  ['the console, mapped', [9, 0, 4096, 1, 0x2, 1, 0], 'refused'],
  ['the channel, mapped', [9, 0, 4096, 1, 0x1, 3, 0], 'refused'],
  ['poison a page', [28, 'page', 4096, 100], 'refused'],
  ['take a page offline', [28, 'page', 4096, 101], 'refused'],
  ['merge pages with others', [28, 'page', 4096, 12], 'refused'],
  ['read from stdin', [0, 0, 'page', 1], 'refused'],
  ['read from the console', [0, 1, 'page', 1], 'refused'],
  ['read from stderr', [0, 2, 'page', 1], 'refused'],
  ['schedule of another', [145, 2], 'refused'],
  ['processors of another', [204, 2, 8, 'page'], 'refused'],
  ['interrupt all processors', [324, 1, 0, 0], 'refused'],
  ['become dumpable', [157, 4, 1, 0, 0, 0], 'refused'],
  ['outlive the tender', [157, 1, 0, 0, 0, 0], 'refused'],
  ['a thread', [56, 0x3d0f00, 'page', 0, 0, 0], 'refused'],
  ['more memory than before', [302, 0, 2, 'page', 0], 'refused'],
  ['trace by faults', [323, 0], 'refused'],
  ['other namespaces', [272, 0x10000000], 'refused'],
  ['another program in /proc', [257, -100, 'page', 0, 0], 'refused'],
];

const ASK = `
const { sys, allot, say, exit } = native;
const attempts = ${JSON.stringify(ATTEMPTS.map(([, call]) => call))};
say(JSON.stringify(attempts.map((call) => {
  const result = sys(...call.map((each) => (each === 'page' ? allot(4096).address : each)));
  return result === -1 ? 'refused' : 'granted';
})));
exit(0);
`;

if (process.platform !== 'linux' || process.arch !== 'x64') {
  t.pass('skipped: the attempts are made by the numbers of Linux on x86_64');
} else {
  const folder = scratchFolder(t.teardown);
  const tender = buildNativeTender(folder);
  const guest = (name: string, body: string) => writeGuest(folder, `${name}.js`, body);
  const sweep = guest('sweep', SWEEP);
  const ask = guest('ask', ASK);

  for (const runner of runners(tender)) {
    const { name, options, skip } = runner;
    for (const release of NODES) {
      const { version, path } = release;
      t.test(
        `every number, ${name}, Node ${version}`,
        { skip: cannotRun(runner, release) },
        async (t) => {
          const run = (file: string) => startNode([tender, file], options, 30_000, path).outcome;
          const swept = await run(sweep);
          t.match(swept, { status: 0, stderr: '' });
          const found = JSON.parse(swept.stdout.toString()) as number[];
          t.same(
            found.filter((number) => !ASKED.includes(number)),
            [],
            'nothing else is granted',
          );
          t.ok(found.length > 20, 'what is granted was asked');
          const asked = await run(ask);
          t.match(asked, { status: 0, stderr: '' });
          const answers = JSON.parse(asked.stdout.toString()) as string[];
          for (const [index, [what, , expected]] of ATTEMPTS.entries()) {
            t.equal(answers[index], expected, what);
          }
        },
      );
    }

    for (const [what, number] of Object.entries(DEADLY)) {
      t.test(`${what}, ${name}: the end`, { skip }, async (t) => {
        const file = guest(
          `deadly-${number}`,
          `native.sys(${number}, -1, native.allot(64).address, 0); native.exit(40);`,
        );
        t.match(await startNode([tender, file], options).outcome, { status: 128 + 31 });
      });
    }

    t.test(`calls of i386, ${name}: the end`, { skip }, async (t) => {
      // mov eax, 20 (getpid); int 0x80; ret
      const file = guest(
        'i386',
        `const at = native.sys(9, 0, 4096, 7, 0x22, -1, 0);
        new Uint8Array(native.view(BigInt(at), 16)).set([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]);
        native.call(BigInt(at), 0); native.exit(40);`,
      );
      t.match(await startNode([tender, file], options).outcome, { status: 128 + 31 });
    });

    t.test(`a guest that takes every signal dies with its tender, ${name}`, { skip }, async (t) => {
      // SIG_IGN for all, then all blocked, then stopped by itself.
      const file = guest(
        'signals',
        `const { sys, allot, say } = native;
        const ignore = allot(32); ignore.bytes[0] = 1;
        for (let signal = 1; signal < 65; signal++) sys(13, signal, ignore.address, 0, 8);
        const all = allot(8); all.bytes.fill(255);
        sys(14, 2, all.address, 0, 8);
        // 1 in a namespace of its own, which not every system gives.
        const self = Number(sys(39));
        const [KILL, STOP] = [9, 19];
        for (let signal = 1; signal < 65; signal++) {
          if (signal !== KILL && signal !== STOP) sys(234, self, self, signal);
        }
        // Without a namespace of its own, this stops it.
        say('on'); sys(234, self, self, STOP); for (;;);`,
      );
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const started = startNode([tender, file], options);
        await started.firstOutput;
        const processes = childrenOf(started.pid);
        t.equal(processes.length, 1);
        started.kill(signal);
        await started.outcome;
        await t.resolves(gone(processes), 'no process is left');
      }
    });
  }
}

async function gone(processes: readonly number[]): Promise<void> {
  for (let round = 0; round < 500; round += 1) {
    if (processes.every((pid) => !alive(pid))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`still there: ${processes}`);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
