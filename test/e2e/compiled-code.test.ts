// Code that V8 compiled: the build's own is used where it fits, and a guest's is never looked at.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { encodeManifest, guestFunction } from '#abi';
import { runNode, runTender, scratchFolder, TENDER } from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));

t.test('compiled code in a guest is a comment', async (t) => {
  const guest = join(folder, 'guest.js');
  const text = (word: string) => `${encodeManifest([])}
const answer = () => '${word}';
solo5machine.consoleWrite(new TextEncoder().encode(answer()));
solo5machine.exit(0);
`;
  // Code of another script, of the same length: V8 compares no more than that.
  const other = new Script(guestFunction(text('other')), { filename: 'guest.js' });
  const code = other.createCachedData().toString('base64');
  const script = text('first');
  const checksum = crc32(script).toString(16).padStart(8, '0');
  const line = `//# docteur-code ${process.version}-${process.arch} ${checksum} ${code}\n`;
  for (const sandbox of ['strict', 'portable', 'none']) {
    writeFileSync(guest, script + line);
    const { status, stdout } = await runTender([`--sandbox=${sandbox}`, guest]);
    t.equal(status, 0);
    t.equal(stdout.toString(), 'first', sandbox);
  }
});

t.test('a guest as it is built holds its script alone', async (t) => {
  const built = readFileSync(join(TENDER, '../../guests/simple.js'), 'latin1');
  t.ok(built.length < 200_000, `${built.length} bytes`);
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
