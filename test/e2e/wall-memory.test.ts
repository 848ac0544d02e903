// What a guest's process holds of the machine's memory, measured from outside, whoever asks for it.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { buildNativeTender, cannotRun, runners } from '../fixtures/native-tender.ts';
import { NODES } from '../fixtures/nodes.ts';
import { childrenOf } from '../fixtures/processes.ts';
import { scratchFolder, startNode, TENDER, writeGuest } from '../fixtures/tender.ts';

/** MiB of the guest, and what README promises beside them. */
const MEMORY = 32;
const BESIDE = 300;
/** Page tables, in MiB. */
const TABLES = 280;

const WASM_CODE = `
const leb = (n) => { const o = []; do { let b = n & 127; n >>>= 7; if (n) b |= 128; o.push(b); } while (n); return o; };
const section = (id, content) => [id, ...leb(content.length), ...content];
function compile(seed) {
  const body = [];
  for (let i = 0; i < 1000; i++) body.push(0x41, ...leb((seed * 31 + i) & 63), 0x6a);
  const code = [0, 0x41, 0, ...body, 0x0b];
  const functions = [];
  for (let i = 0; i < 20; i++) functions.push(...leb(code.length), ...code);
  return new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 0, 1, 0x7f]), ...section(3, [20, ...Array(20).fill(0)]),
    ...section(7, [1, 1, 102, 0, 0]), ...section(10, [20, ...functions])])));
}`;

/** Plain JavaScript that takes what it can get: it ends, or goes on with what it has. */
const EATERS: Record<string, string> = {
  arrays: 'for (;;) keep.push(new Array(1000).fill(keep.length));',
  'array buffers':
    'for (const size of [1 << 24, 1 << 20, 65536]) more(() => new Uint8Array(size).fill(1));',
  'shared buffers':
    'for (const size of [1 << 24, 1 << 20]) more(() => new Uint8Array(new SharedArrayBuffer(size)).fill(1));',
  'buffers that grow': `more(() => { const b = new ArrayBuffer(1, { maxByteLength: 1 << 28 });
    for (let n = 1 << 20; n < 1 << 28; n += 1 << 20) { b.resize(n); new Uint8Array(b, n - (1 << 20)).fill(1); } return b; });`,
  'WebAssembly memories': `more(() => { const m = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    keep.push(m); for (;;) { const at = m.buffer.byteLength; m.grow(16); new Uint8Array(m.buffer, at).fill(1); } });`,
  'WebAssembly code': `${WASM_CODE} more(() => { const i = compile(keep.length); i.exports.f(); return i; });`,
  'code of JavaScript': `more(() => { let b = ''; for (let k = 0; k < 60; k++) b += 'x=(x*' + k + '+' + keep.length + ')|0;if(x&4)x^=9;';
    const f = new Function('x', b + 'return x'); for (let j = 0; j < 3000; j++) f(j); return f; });`,
};
const JAVASCRIPT = (body: string) => `
const keep = [];
function more(make) { try { for (;;) keep.push(make()); } catch {} }
${body}
solo5machine.consoleWrite(new Uint8Array([102, 10]));
for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10000);
`;

/** Native code that takes all that the kernel grants, and what the process had claimed before. */
const NATIVE = `
const { sys, fill, say, maps } = native;
const MIB = 1 << 20;
const grants = {};
for (const line of maps.split('\\n')) {
  const found = /^(\\w+)-(\\w+) ...p \\w+ 00:00 0 *$/.exec(line);
  if (found === null) continue;
  const start = parseInt(found[1], 16), end = parseInt(found[2], 16);
  // Not the parts in use: the head of a range for code, the end of a stack.
  const large = end - start > 100 * MIB;
  for (let at = large ? start + 16 * MIB : start; at + MIB <= (large ? end : end - MIB); at += MIB) {
    if (sys(10, at, MIB, 3) < 0) break;
    fill(at, 65, MIB);
  }
}
for (const [kind, flags] of Object.entries({ shared: 0x21, growing: 0x122, private: 0x22 })) {
  grants[kind] = 0;
  for (const size of [64 * MIB, 8 * MIB, MIB]) {
    for (let at; (at = sys(9, 0, size, 3, flags, -1, 0)) > 0 && grants[kind] < 1024; ) {
      fill(at, 65, size);
      grants[kind] += size / MIB;
    }
  }
}
say('full ' + JSON.stringify(grants));
const time = native.allot(16); time.bytes[0] = 100;
for (;;) sys(35, time.address, 0);
`;

/** Native code that reads memory which it never writes: what costs is the tables. */
const READERS = `
const { sys, say } = native;
const GIB = 2 ** 30;
let mapped = 0;
const word = native.allot(16);
for (let at; mapped < 400 && (at = sys(9, 0, GIB, 1, 0x4022, -1, 0)) > 0; mapped++) {
  // nanosleep reads how long: no time.
  for (let page = 0; page < GIB; page += 2 ** 21) sys(35, at + page, 0);
}
say('mapped ' + mapped);
word.bytes[0] = 100;
for (;;) sys(35, word.address, 0);
`;

interface Peak {
  /** MiB. */
  resident: number;
  tables: number;
  said: string;
}

/** Runs until the guest says something or ends, and looks at its process all the while. */
async function peakOf(started: ReturnType<typeof startNode>, said: () => boolean): Promise<Peak> {
  const peak: Peak = { resident: 0, tables: 0, said: '' };
  let over = false;
  void started.outcome.then(() => {
    over = true;
  });
  for (const end = Date.now() + 60_000; !over && Date.now() < end; await delay(5)) {
    const full = said();
    try {
      const [guest] = childrenOf(started.pid);
      const text = readFileSync(`/proc/${guest}/status`, 'utf8');
      const field = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
      peak.resident = Math.max(peak.resident, field('VmHWM'));
      peak.tables = Math.max(peak.tables, field('VmPTE'));
    } catch {
      // It has ended meanwhile.
    }
    if (full) break;
  }
  started.kill('SIGTERM');
  peak.said = (await started.outcome).stdout.toString();
  return peak;
}

async function measure(args: readonly string[], options = {}, node?: string): Promise<Peak> {
  // Not while this file still sets up the others: a guest can end before anybody looks.
  await delay(0);
  const started = startNode(
    [...args.slice(0, 1), `--mem=${MEMORY}`, ...args.slice(1)],
    options,
    undefined,
    node,
  );
  let spoke = false;
  void started.firstOutput.then(() => {
    spoke = true;
  });
  return peakOf(started, () => spoke);
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  t.pass('skipped: memory is measured on Linux, by the numbers of x86_64');
} else {
  const folder = scratchFolder(t.teardown);
  const tender = buildNativeTender(folder);
  for (const [what, body] of Object.entries(EATERS)) {
    const guest = writeGuest(folder, `${what}.js`, JAVASCRIPT(body));
    t.test(`plain JavaScript: ${what}`, async (t) => {
      let resident = 0;
      // On a busy machine it may have ended before anybody looked at the most that it had.
      for (let round = 0; round < 10 && resident <= MEMORY; round += 1) {
        ({ resident } = await measure([TENDER, guest]));
      }
      t.ok(resident > MEMORY && resident < MEMORY + BESIDE, `${Math.round(resident)} MiB`);
    });
  }
  const eater = writeGuest(folder, 'native.js', NATIVE);
  const reader = writeGuest(folder, 'readers.js', READERS);
  for (const runner of runners(tender)) {
    const { name, options } = runner;
    for (const release of NODES) {
      const { version, path } = release;
      t.test(
        `native code, ${name}, Node ${version}`,
        { skip: cannotRun(runner, release) },
        async (t) => {
          const { resident, said } = await measure([tender, eater], options, path);
          t.match(said, /^full \{"shared":0,"growing":0,/);
          t.ok(resident > MEMORY && resident < MEMORY + BESIDE, `${Math.round(resident)} MiB`);
        },
      );
    }
  }
  t.test('native code that only reads', async (t) => {
    const { resident, tables, said } = await measure([tender, reader]);
    t.match(said, /^mapped \d+\n/);
    t.ok(tables > 1 && tables < TABLES, `${Math.round(tables)} MiB of tables`);
    t.ok(resident < MEMORY + BESIDE);
  });
}
