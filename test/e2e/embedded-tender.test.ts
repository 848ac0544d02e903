// A program that runs guests by the library goes on, whatever a guest does to the words they share.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildNativeTender } from '../fixtures/native-tender.ts';
import { scratchFolder, startNode, writeGuest } from '../fixtures/tender.ts';

/**
 * Native code, with no filter before it, that takes who sleeps on the tender's doorbell away, to a word
 * where nobody wakes. The page with the doorbell precedes the guest's memory.
 */
const TAKES_SLEEPERS = `
const { sys, allot, say, exit, view } = native;
const page = BigInt(native.page);
const words = new Int32Array(view(page, 4096));
const time = allot(16);
new BigInt64Array(time.bytes.buffer)[1] = 20000000n;
let moved = 0;
for (let round = 0; round < 300 && moved <= 0; round++) {
  sys(35, time.address, 0);
  if (words[16] !== 0) moved = sys(202, page, 3, 0, 100, page + 2048n, 0);
}
say('moved ' + moved);
exit(0);
`;

const HOST = `
const { runGuest } = await import(process.argv[2]);
const { readFile } = await import('node:fs/promises');
const ends = [];
for (let n = 0; n < 4; n++) ends.push(await runGuest({ guest: process.argv[3], sandbox: 'none' }));
await readFile('/proc/self/stat');
console.log(JSON.stringify(ends));
`;

if (process.platform !== 'linux' || process.arch !== 'x64') {
  t.pass('skipped: the attempt is made by the numbers of Linux on x86_64');
} else {
  t.test('no guest keeps a thread of its tender for ever', async (t) => {
    const folder = scratchFolder(t.teardown);
    writeFileSync(join(folder, 'host.mjs'), HOST);
    const tender = buildNativeTender(folder);
    const guest = writeGuest(folder, 'takes.js', TAKES_SLEEPERS);
    const library = join(tender, '../../tender/index.js');
    const start = performance.now();
    const host = startNode([join(folder, 'host.mjs'), library, guest], {}, 25_000);
    const { status, signal, stdout } = await host.outcome;
    t.match({ status, signal }, { status: 0, signal: null });
    const lines = stdout.toString().trim().split('\n');
    t.same(lines.slice(0, 4), Array(4).fill('moved 1'), 'the threads were taken');
    t.same(JSON.parse(lines[4] ?? ''), Array(4).fill({ kind: 'exit', status: 0 }));
    t.ok(performance.now() - start < 20_000);
  });
}
