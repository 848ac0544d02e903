import { cpSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  buildGuest,
  runNode,
  runTender,
  scratchFolder,
  startTender,
  TENDER,
  writeGuest,
} from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const first = join(folder, 'first disk.img');
const second = join(folder, 'second.img');
const bytes = Uint8Array.from({ length: 8192 }, (_, index) => index >> 9);
writeFileSync(second, Buffer.alloc(8192, 0xb0));
const hypercalls = await buildGuest('hypercalls', folder);
const copy = await buildGuest('copy', folder);
const SECOND = [`--block:second=${second}`, '--block-sector-size:second=4096'];
const SANDBOXES = ['strict', 'portable', 'none'];

for (const sandbox of SANDBOXES) {
  t.test(`${sandbox}: every hypercall`, async (t) => {
    writeFileSync(first, bytes);
    const options = [`--sandbox=${sandbox}`, `--block:first=${first}`, ...SECOND];
    const before = Date.now();
    const { status, stdout } = await runTender([...options, hypercalls]);
    t.equal(status, 0);
    const wall = Number(stdout.toString());
    // The guest's clock may be 2 ms off.
    t.ok(before - 5 <= wall && wall <= Date.now() + 5, 'wall clock');
    t.equal((await runTender([...options, hypercalls, 'abort'])).status, 255);
    t.ok(readFileSync(first).equals(bytes), 'nothing was written');
  });

  t.test(`${sandbox}: writes reach the image`, async (t) => {
    writeFileSync(first, bytes);
    const options = [`--sandbox=${sandbox}`, `--block-writable:first=${first}`, ...SECOND];
    t.equal((await runTender([...options, hypercalls, 'write'])).status, 0);
    const after = readFileSync(first);
    t.same(
      [after[1023], after[1024], after[1536], after[2559], after[2560]],
      [1, 119, 120, 120, 5],
    );
  });

  t.test(`${sandbox}: an image is read as it is, in any portions`, async (t) => {
    const image = join(folder, 'random.img');
    const content = Buffer.alloc(512 * 1001);
    for (let at = 0; at < content.length; at += 4)
      content.writeUInt32LE((at * 2654435761) >>> 0, at);
    writeFileSync(image, content);
    const PORTIONS = ['512 1', '512 100', '65536 1', '131072 4', '512000 1'];
    for (const portions of PORTIONS) {
      const [chunk = '', batch = ''] = portions.split(' ');
      for (const memory of [[], ['--private']]) {
        const args = [`--sandbox=${sandbox}`, `--block:disk=${image}`, copy];
        const guestArguments = ['--chunk', chunk, '--batch', batch, ...memory];
        const { status, stdout } = await runTender([...args, ...guestArguments]);
        t.equal(status, 0);
        t.ok(stdout.equals(content), `${portions} ${memory}`);
      }
    }
  });

  t.test(`${sandbox}: a host that fails is fatal`, async (t) => {
    const image = join(folder, 'cut.img');
    writeFileSync(image, Buffer.alloc(1 << 20));
    const body = `${await readBody()}`;
    const guest = writeGuest(folder, 'reads.js', body, [{ name: 'disk', type: 'BLOCK_BASIC' }]);
    const args = [`--sandbox=${sandbox}`, `--block:disk=${image}`, guest, '--solo5:error'];
    const tender = startTender(args);
    await tender.firstOutput;
    truncateSync(image, 1000);
    const { status, stderr } = await tender.outcome;
    t.equal(status, 1);
    t.match(stderr, /^tender: Fatal error when reading: the file ends at byte \d+\n$/);
  });
}

/** A guest that reads the end of its disk for ever. */
async function readBody(): Promise<string> {
  const { RING_PRELUDE } = await import('../fixtures/hostile-rings.ts');
  return `${RING_PRELUDE}
    m.consoleWrite(new Uint8Array([33]));
    for (;;) if (request(0, 2047, 512) !== 0) m.exit(77);`;
}

t.test('a writer shares its image with nobody, readers share theirs', async (t) => {
  writeFileSync(first, bytes);
  const read = [`--block:first=${first}`, ...SECOND, hypercalls, 'read'];
  const write = [`--block-writable:first=${first}`, ...SECOND, hypercalls, 'write'];
  const writer = startTender([...write, 'linger']);
  await writer.firstOutput;
  for (const args of [read, write]) {
    const { status, stderr } = await runTender(args);
    t.equal(status, 1);
    t.match(stderr, /^tender: .*first disk.img: Could not lock: [^\n]+\n$/);
  }
  writer.kill('SIGTERM');
  await writer.outcome;
  writeFileSync(first, bytes);
  const reader = startTender([...read, 'linger']);
  await reader.firstOutput;
  t.equal((await runTender(read)).status, 0, 'a second reader');
  t.match(await runTender(write), { status: 1, stderr: /Could not lock: somebody has it open/ });
  reader.kill('SIGTERM');
  await reader.outcome;
});

t.test('--timing tells the phases, in order, and what was read', async (t) => {
  writeFileSync(first, bytes);
  const args = ['--timing', `--block:first=${first}`, ...SECOND, hypercalls];
  const { stderr } = await runTender(args);
  const numbers = JSON.parse(stderr) as Record<string, number>;
  const { bytesRead, requests, memory, ...phases } = numbers;
  const expected = ['spawn', 'runtime', 'attach', 'firstByte', 'exit'];
  t.same(Object.keys(phases), expected);
  const times = Object.values(phases);
  t.same(
    times,
    times.toSorted((a, b) => a - b),
  );
  t.ok(requests && requests > 0);
  t.ok(bytesRead && bytesRead >= 512 && bytesRead % 512 === 0);
  t.ok(memory && memory > 0 && memory < 40 * 2 ** 20, 'less than it shares with the devices');
});

t.test('without koffi there is no strict sandbox, and the rest goes on', async (t) => {
  const other = join(folder, 'elsewhere');
  cpSync(join(TENDER, '../..'), join(other, 'dist'), { recursive: true });
  const tender = join(other, 'dist/bin/tender.js');
  writeFileSync(first, bytes);
  const options = [`--block:first=${first}`, ...SECOND];
  const strict = await runNode([tender, ...options, hypercalls]);
  t.equal(strict.status, 1);
  // Said before a process is started: the one that would be jailed says it in other words.
  t.match(
    strict.stderr,
    /^tender: cannot jail the guest: koffi is not installed [^\n]+; --sandbox=portable is for [^\n]+\n$/,
  );
  const portable = await runNode([tender, '--sandbox=portable', ...options, hypercalls]);
  t.equal(portable.status, 0);
  t.match(portable.stderr, /^tender: --sandbox=portable [^\n]+\n$/, 'it says what it is not');
  t.match((await runNode([tender, '--version'])).stdout.toString(), /transport: messages/);
  t.match((await runTender(['--version'])).stdout.toString(), /transport: shared memory/);
});

t.test('the tender is found through a link, as npm makes one', async (t) => {
  const link = join(folder, 'tender');
  symlinkSync(TENDER, link);
  writeFileSync(first, bytes);
  const { status } = await runNode([link, `--block:first=${first}`, ...SECOND, hypercalls]);
  t.equal(status, 0);
});

t.test('the library runs a guest, on devices of any kind', async (t) => {
  const library = join(TENDER, '../../tender/index.js');
  const program = join(import.meta.dirname, '../fixtures/use-library.ts');
  const console1 = join(folder, 'console');
  const loop = writeGuest(folder, 'loop.js', 'for (;;);');
  const { stdout, stderr } = await runNode([program, library, hypercalls, second, loop, console1]);
  t.equal(stderr, '');
  const outcome = JSON.parse(stdout.toString());
  t.same(outcome.ran, { kind: 'exit', status: 0 });
  t.equal(outcome.written, 0x77, 'the memory device was written to');
  t.match(readFileSync(console1, 'utf8'), /^\d+$/);
  t.equal(outcome.refused, "Device 'first' of type BLOCK_BASIC declared but not attached.");
  t.match(outcome.aborted, { kind: 'signal', signal: 'SIGKILL' });
  t.match(outcome.again, { kind: 'ended', fault: 'host', message: /: the device is closed; / });
  t.same(outcome.refusals, [
    'Memory must be from 16 to 1048576 MiB, not 0 (--mem)',
    'Memory must be from 16 to 1048576 MiB, not NaN (--mem)',
    "Sandbox must be one of strict, portable, none, not 'Strict'",
    "Resource not declared in manifest: 'third'",
  ]);
});
