// Compiled code in a guest's file: used where it is the script's own, and never instead of it.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { encodeGuestCode, encodeManifest, engineName, parseGuestCode } from '#abi';
import { addCode } from '../../guest/bundler/add-code.ts';
import { runNode, runTender, scratchFolder, startTender, TENDER } from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const guest = join(folder, 'guest.js');
const SCRIPT = `${encodeManifest([])}
const answer = () => 'first';
solo5machine.consoleWrite(new TextEncoder().encode(answer()));
solo5machine.exit(0);
`;
writeFileSync(guest, SCRIPT);
await addCode(guest);
const built = readFileSync(guest, 'latin1');
const line = built.slice(SCRIPT.length).trimEnd();
const own = parseGuestCode(line);
if (own === undefined) throw new Error('no code');

/** Runs a guest's text: what it writes, and whether compiled code was of use. */
async function run(text: string, ...options: string[]) {
  writeFileSync(guest, text, 'latin1');
  const { status, stdout, stderr } = await runTender(['--timing', ...options, guest]);
  const { compiled } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { compiled: boolean };
  return { status, stdout: stdout.toString(), compiled };
}

t.test('code of the same script is of use', async (t) => {
  t.same(await run(built), { status: 0, stdout: 'first', compiled: true });
  t.same(await run(built.trimEnd()), { status: 0, stdout: 'first', compiled: true });
  for (const option of ['--mem=64', '--sandbox=none']) {
    t.same(await run(built, option), { status: 0, stdout: 'first', compiled: true }, option);
  }
});

t.test('code is left alone where no kernel stands behind the language', async (t) => {
  const ended = { status: 0, stdout: 'first', compiled: false };
  t.same(await run(built, '--sandbox=portable'), ended);
});

t.test('a script that was changed, in as many bytes, runs as it stands', async (t) => {
  const changed = built.replace("'first'", "'other'");
  t.same(await run(changed), { status: 0, stdout: 'other', compiled: false });
});

t.test('code of another engine is left alone', async (t) => {
  const { version, arch } = process;
  for (const engine of [engineName('v1.2.3', arch), engineName(version, 'pdp11')]) {
    const text = SCRIPT + encodeGuestCode({ ...own, engine });
    t.same(await run(text), { status: 0, stdout: 'first', compiled: false }, engine);
  }
});

t.test('code that is none costs time only', async (t) => {
  const bytes = Buffer.from(own.code, 'base64');
  for (const code of [
    bytes.subarray(0, 40),
    bytes.subarray(0, -8),
    Buffer.alloc(4000, 'docteur '),
  ]) {
    const text = SCRIPT + encodeGuestCode({ ...own, code: code.toString('base64') });
    t.same(await run(text), { status: 0, stdout: 'first', compiled: false });
  }
  for (const last of ['//# docteur-code', '//# docteur-code x', '//# docteur-code a b c d\n']) {
    t.same(await run(SCRIPT + last), { status: 0, stdout: 'first', compiled: false }, last);
  }
});

t.test('forged code is in the jail when it is looked at', async (t) => {
  // Right in all that is checked, wrong in what follows: whatever the engine does with it, it is the
  // guest's own process that does it, and the tender outlives it.
  const bytes = Buffer.from(own.code, 'base64');
  for (let at = 40; at < bytes.length; at += bytes.length >> 3) {
    const forged = Buffer.from(bytes);
    forged.fill(0xa5, at, at + 16);
    const code = forged.toString('base64');
    writeFileSync(guest, SCRIPT + encodeGuestCode({ ...own, checksum: crc32(SCRIPT), code }));
    const tender = startTender([guest]);
    // It may go round for ever, as any guest may: then it is ended as one.
    const patience = setTimeout(() => tender.kill('SIGTERM'), 3000);
    const { signal, status } = await tender.outcome;
    clearTimeout(patience);
    t.equal(signal, null);
    t.type(status, 'number');
  }
});

t.test('the tender runs as its bundle stands, with code of an older one beside it', async (t) => {
  const dist = join(folder, 'dist');
  cpSync(join(TENDER, '../..'), dist, { recursive: true });
  const bundle = join(dist, 'cli/tender.cjs');
  const code = `${bundle}.${process.version}-${process.arch}`;
  t.ok(existsSync(code), 'the build left code');
  const help = async () =>
    (await runNode([join(dist, 'bin/tender.js'), '--help'])).stdout.toString();
  t.match(await help(), /^usage: tender /);
  writeFileSync(
    bundle,
    readFileSync(bundle, 'utf8').replaceAll('usage: tender ', 'USAGE: tender '),
  );
  t.match(await help(), /^USAGE: tender /);
  rmSync(code);
  t.match(await help(), /^USAGE: tender /);
});
