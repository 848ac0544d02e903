import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { becomes, childrenOf, isAlive, isRoot } from '../fixtures/processes.ts';
import {
  buildGuest,
  runTender,
  type StartedTender,
  scratchFolder,
  startTender,
  TENDER,
  writeGuest,
} from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const disk = join(folder, 'disk.img');
writeFileSync(disk, Buffer.alloc(1 << 20, 'docteur '));
const secret = join(folder, 'secret');
writeFileSync(secret, 'secret');

/** What a guest's script tries. Each is to fail, and then exits with a status of its own. */
const ATTEMPTS: [name: string, attempt: string][] = [
  ['read a file', `require('fs').readFileSync(${JSON.stringify(secret)})`],
  ['write a file', `process.binding('fs').writeString(1, 'x')`],
  ['open its own memory', `require('node:fs').openSync('/proc/self/mem', 'r+')`],
  ['find process', 'globalThis.process.pid'],
  ['find process by eval', `(0, eval)('process').pid`],
  ['find process by Function', `new Function('return process')().pid`],
  ['find process by an error of the runtime', fromError('m.notify(99)')],
  ['find process by a hypercall', `m.exit.constructor('return process')().pid`],
  ['import a built-in', `await import('node:fs')`],
  ['import a file', `await import(${JSON.stringify(join(folder, 'other.mjs'))})`],
  ['import data', `await import('data:text/javascript,export default 1')`],
  ['connect', `require('net').connect(80, '127.0.0.1')`],
  ['fetch', `await fetch('http://127.0.0.1/')`],
  ['open a web socket', `new WebSocket('ws://127.0.0.1')`],
  ['listen', `require('http').createServer().listen(0)`],
  ['spawn a process', `require('child_process').execSync('true')`],
  ['start a worker', `new Worker('1')`],
  ['load an add-on', `process.dlopen({}, 'x.node')`],
  ['write through the module loader', `module.constructor._load('fs')`],
  ['use a timer', 'setTimeout(() => {}, 1)'],
  ['use the console of Node', `console.log('x')`],
  ['use a Buffer', `Buffer.from('x')`],
  ['ask for a device that it does not have', `m.wait([{ id: 7, seen: 0 }])`],
  ['write to the console what is no bytes', `m.consoleWrite({ length: 10 })`],
  ['have an address hashed', `m.sha1.ofBoth(4096n, new Uint8Array(1))`],
];

function fromError(call: string): string {
  return `await (async () => {
    try { ${call}; } catch (error) { return error.constructor.constructor('return process')(); }
  })().then((found) => found.pid)`;
}

for (const sandbox of ['strict', 'portable']) {
  ATTEMPTS.forEach(([name, attempt], index) => {
    t.test(`${sandbox}: a guest cannot ${name}`, async (t) => {
      const status = 100 + index;
      const body = `const m = solo5machine;
        (async () => { ${attempt}; })().then(() => m.exit(1), () => m.exit(${status}));`;
      const guest = writeGuest(folder, `attempt-${sandbox}-${index}.js`, body);
      const outcome = await runTender([`--sandbox=${sandbox}`, guest, '--solo5:error']);
      t.equal(outcome.status, status, outcome.stderr);
      t.equal(outcome.stdout.length, 0);
    });
  });

  t.test(`${sandbox}: nothing but ECMAScript, text codecs and WebAssembly is global`, async (t) => {
    const body = `
      const names = Reflect.ownKeys(globalThis).map(String).sort().join(' ');
      solo5machine.consoleWrite(new TextEncoder().encode(names));`;
    const guest = writeGuest(folder, `globals-${sandbox}.js`, body);
    const { stdout, status } = await runTender([`--sandbox=${sandbox}`, guest, '--solo5:error']);
    t.equal(status, 0);
    const names = stdout.toString().split(' ');
    const pure = execFileSync('env', [
      '-i',
      process.execPath,
      '-p',
      'vm.runInNewContext(\'Reflect.ownKeys(globalThis).map(String).join(" ")\')',
    ]);
    const allowed = new Set([
      ...pure.toString().trim().split(' '),
      'TextEncoder',
      'TextDecoder',
      'Symbol(Symbol.toStringTag)',
    ]);
    t.same(
      names.filter((name) => !allowed.has(name)),
      [],
    );
  });

  t.test(`${sandbox}: work that goes on after the script is waited for`, async (t) => {
    const body = `
      const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
      WebAssembly.compile(bytes).then(() => {
        solo5machine.consoleWrite(new TextEncoder().encode('compiled'));
      });`;
    const guest = writeGuest(folder, `later-${sandbox}.js`, body);
    const outcome = await runTender([`--sandbox=${sandbox}`, guest, '--solo5:error']);
    t.match(outcome, { status: 0, stderr: '' });
    t.equal(outcome.stdout.toString(), 'compiled');
  });

  t.test(`${sandbox}: what a guest throws is one line, and status 255`, async (t) => {
    const THROWN: [body: string, message: RegExp][] = [
      [
        'throw new TypeError("no\\n\\x1b[31mway");',
        /uncaught TypeError: no \[31mway \(guest\.js:2/,
      ],
      ['Promise.reject(new Error("later"));', /uncaught Error: later/],
      ['throw { toString() { throw 1; } };', /cannot be described/],
      ['throw null;', /uncaught: null/],
      ['this is no JavaScript', /uncaught SyntaxError/],
      ['solo5machine.abort();', /^$/],
    ];
    for (const [index, [body, message]] of THROWN.entries()) {
      const guest = writeGuest(folder, `throws-${sandbox}-${index}.js`, body);
      const { status, stderr } = await runTender([`--sandbox=${sandbox}`, guest, '--solo5:error']);
      t.equal(status, 255);
      t.match(stderr, message);
      t.ok(stderr.split('\n').length <= 2, 'one line');
    }
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    t.test(`${sandbox}: ${signal} ends a guest that loops for ever`, async (t) => {
      const loop = writeGuest(folder, `loop-${sandbox}-${signal}.js`, started('for (;;);'));
      const tender = startTender([`--sandbox=${sandbox}`, loop, '--solo5:error']);
      await tender.firstOutput;
      const guest = guestOf(tender);
      tender.kill(signal);
      const number = signal === 'SIGINT' ? 2 : 15;
      t.match(await tender.outcome, {
        status: 1,
        stderr: `tender: Exiting on signal ${number}\n`,
      });
      t.notOk(isAlive(guest), 'no guest is left');
    });
  }

  t.test(`${sandbox}: memory that grows without end`, async (t) => {
    const EATERS = [
      'const all = []; for (;;) all.push(new Array(1000).fill(all.length));',
      'let text = "x"; const all = []; for (;;) { all.push(text.repeat(100) + all.length); }',
    ];
    for (const [index, body] of EATERS.entries()) {
      const guest = writeGuest(folder, `eats-${sandbox}-${index}.js`, body);
      const { status, stderr } = await runTender([
        `--sandbox=${sandbox}`,
        '--mem=32',
        guest,
        '--solo5:error',
      ]);
      t.ok(status === 133 || status === 134, `${status}`);
      t.equal(stderr, 'tender: the guest ran out of memory (--mem=32)\n');
    }
  });
}

/** The body of a guest that says a byte first. */
function started(body: string): string {
  return `solo5machine.consoleWrite(new Uint8Array([33]));\n${body}`;
}

function guestOf(tender: StartedTender): number {
  return childrenOf(tender.pid)[0] as number;
}

t.test('strict: buffers outside the heap are bounded too', async (t) => {
  const body = `
    const all = [];
    try {
      for (;;) all.push(new Uint8Array(16 << 20).fill(1));
    } catch (error) {
      solo5machine.exit(error instanceof RangeError && all.length < 12 ? 50 : 51);
    }`;
  const guest = writeGuest(folder, 'buffers.js', body);
  const { status, stderr } = await runTender(['--mem=64', guest]);
  // Which allocation is the one too many decides whether the guest hears of it.
  if (status !== 50) {
    t.equal(status, 134);
    t.equal(stderr, 'tender: the guest ran out of memory (--mem=64)\n');
  }
});

t.test('strict: the guest dies with a tender that is killed', async (t) => {
  const loop = writeGuest(folder, 'orphan.js', started('for (;;);'));
  const tender = startTender([loop]);
  await tender.firstOutput;
  const guest = guestOf(tender);
  t.ok(isAlive(guest));
  tender.kill('SIGKILL');
  await tender.outcome;
  t.ok(await becomes(() => !isAlive(guest)), 'the guest is gone');
});

t.test('strict: what the guest process has', async (t) => {
  const loop = writeGuest(folder, 'has.js', started('for (;;);'));
  // A descriptor that the tender's own parent left open by mistake, far from the first ones.
  const tender = startTender([loop], {
    stdio: ['ignore', 'pipe', 'pipe', ...Array(5).fill('ignore'), 'pipe'],
  });
  await tender.firstOutput;
  const guest = guestOf(tender);
  const status = readFileSync(`/proc/${guest}/status`, 'utf8');
  t.match(status, /^NoNewPrivs:\s1$/m);
  t.match(status, /^Seccomp:\s2$/m);
  const threads = execFileSync('sh', ['-c', `grep -h Seccomp: /proc/${guest}/task/*/status`]);
  t.notMatch(threads.toString(), /Seccomp:\s[01]/, 'every thread is in the jail');
  const environment = () => readFileSync(`/proc/${guest}/environ`);
  if (!isRoot) {
    t.throws(environment, { code: 'EACCES' }, 'not dumpable: only root may look further');
    tender.kill('SIGTERM');
    await tender.outcome;
    return;
  }
  t.equal(environment().length, 0, 'an empty environment');
  const links = execFileSync('sh', [
    '-c',
    `cd /proc/${guest}/fd && for f in *; do readlink $f; done`,
  ]);
  const kinds = links.toString().trim().split('\n');
  const sockets = kinds.filter((link) => link.startsWith('socket:'));
  t.ok(sockets.length <= 3, `console, stderr and channel: ${kinds}`);
  t.same(
    kinds.filter((link) => link.startsWith('/') && link !== '/dev/null'),
    [],
    'no file',
  );
  tender.kill('SIGTERM');
  await tender.outcome;
});

t.test('an idle guest costs no CPU on either side', async (t) => {
  // It waits for an answer to a request that it never made.
  const body = started('solo5machine.wait([{ id: 0, seen: 0 }]);');
  const guest = writeGuest(folder, 'idle.js', body, [{ name: 'disk', type: 'BLOCK_BASIC' }]);
  const tender = startTender([`--block:disk=${disk}`, guest]);
  await tender.firstOutput;
  const pids = [tender.pid, guestOf(tender)];
  // A busy machine lets them come to rest late: one second without work must come.
  const isIdle = (ticks: readonly number[]) => ticks.every((count) => count <= 1);
  let spent = [Number.POSITIVE_INFINITY];
  for (let second = 0; second < 20 && !isIdle(spent); second += 1) {
    const before = pids.map(cpuTicks);
    await delay(1000);
    spent = pids.map((pid, i) => cpuTicks(pid) - (before[i] as number));
  }
  t.ok(isIdle(spent), `${spent}`);
  tender.kill('SIGTERM');
  t.match(await tender.outcome, { status: 1 });
});

/** Hundredths of a second of CPU time. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

const FLOOD =
  'const page = new Uint8Array(65536).fill(65); for (;;) solo5machine.consoleWrite(page);';

t.test('a flood of the console waits for its reader, and can be ended', async (t) => {
  const flood = writeGuest(folder, 'flood.js', FLOOD);
  const child = spawn('env', ['-i', process.execPath, TENDER, flood], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise((resolve) => child.stdout.once('readable', resolve));
  await delay(200);
  const memory = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  t.ok(Number(memory?.[1]) < 150_000, 'the tender keeps none of it');
  child.kill('SIGTERM');
  // The reader is there to the end: it is the signal that ends the flood, not a broken pipe.
  t.equal(await new Promise((resolve) => child.on('exit', resolve)), 1);
  child.stdout.destroy();
});

t.test('a console whose reader went away ends the guest as SIGPIPE would', async (t) => {
  const flood = writeGuest(folder, 'pipe.js', FLOOD);
  const child = spawn('env', ['-i', process.execPath, TENDER, flood], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  t.equal(await new Promise((resolve) => child.on('close', resolve)), 141);
});

t.test('a console that somebody made non-blocking loses nothing', async (t) => {
  const body = `const page = new Uint8Array(65536).fill(65);
    for (let n = 0; n < 50; n += 1) solo5machine.consoleWrite(page);
    solo5machine.exit(3);`;
  const guest = writeGuest(folder, 'pages.js', body);
  const fifo = join(folder, 'console');
  execFileSync('mkfifo', [fifo]);
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const tender = startTender([guest], { stdio: ['ignore', fd, 'pipe'] });
  // Time enough to fill the pipe before anybody reads.
  await delay(500);
  const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
  let count = 0;
  reader.stdout.on('data', (chunk: Buffer) => {
    count += chunk.length;
  });
  t.equal((await tender.outcome).status, 3);
  closeSync(fd);
  await new Promise((resolve) => reader.on('close', resolve));
  t.equal(count, 50 * 65_536);
});

for (const sandbox of ['strict', 'portable']) {
  t.test(`${sandbox}: no signal opens a debugger`, async (t) => {
    const body = started(`const end = solo5machine.clockMonotonic() + 1_500_000_000n;
      while (solo5machine.clockMonotonic() < end);
      solo5machine.exit(7);`);
    const guest = writeGuest(folder, `signal-${sandbox}.js`, body);
    const tender = startTender([`--sandbox=${sandbox}`, guest, '--solo5:debug']);
    await tender.firstOutput;
    process.kill(guestOf(tender), 'SIGUSR1');
    tender.kill('SIGUSR1');
    const { status, stderr } = await tender.outcome;
    t.equal(status, 7, 'both go on');
    t.notMatch(stderr, /debugger|inspector/i);
  });
}

t.test("a guest's lines are marked, and harmless", async (t) => {
  const text = String.raw`\u001b]0;owned\u0007\u009b31mtender: all is well\u202e\u200b\u034f\n$ `;
  const clean = ']0;owned 31mtender: all is well $';
  const log = writeGuest(folder, 'line.js', `solo5machine.log("${text}");`);
  t.match(await runTender([log]), { status: 0, stderr: `guest: ${clean}\n` });
  const thrown = writeGuest(folder, 'thrown.js', `throw new Error("${text}");`);
  const { status, stderr } = await runTender([thrown]);
  t.equal(status, 255);
  t.match(stderr, `tender: guest: uncaught Error:  ${clean}  (guest.js:2:7)\n`);
});

t.test('a flood of messages is cut', async (t) => {
  const body = 'for (let n = 0; n < 20000; n += 1) solo5machine.log("x".repeat(100));';
  const guest = writeGuest(folder, 'log.js', body);
  const { status, stderr } = await runTender([guest]);
  t.equal(status, 0);
  t.ok(stderr.length < 70_000, `${stderr.length}`);
});

t.test('honest guests of the same image go on beside hostile ones', async (t) => {
  const copy = await buildGuest('copy', folder);
  const loop = writeGuest(folder, 'beside.js', started('for (;;);'));
  const hostile = startTender([loop]);
  await hostile.firstOutput;
  const runs = [1, 2].map(() => runTender([`--block:disk=${disk}`, copy, '--chunk', '4096']));
  for (const { status, stdout } of await Promise.all(runs)) {
    t.equal(status, 0);
    t.ok(stdout.equals(readFileSync(disk)));
  }
  hostile.kill('SIGTERM');
  await hostile.outcome;
});
