// Code that V8 compiled: the build's own is used where it fits, the tender's own of a guest too, and what a
// guest brings is never looked at.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { encodeManifest, guestFunction } from '#abi';
import { NODES } from '../fixtures/nodes.ts';
import { runNode, runTender, scratchFolder, TENDER, writeGuest } from '../fixtures/tender.ts';

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

/** Its second function is called late: only code of the whole script has it. */
const COUNTS = `const late = () => 'late';
solo5machine.consoleWrite(new TextEncoder().encode('early '));
solo5machine.consoleWrite(new TextEncoder().encode(late()));
solo5machine.exit(0);`;
const EARLIER = 'guest was compiled in an earlier run';

for (const { version, path: node, skip } of NODES) {
  t.test(`code of an earlier run, on Node ${version}`, { skip }, async (t) => {
    const cache = join(
      scratchFolder((clean) => t.teardown(clean)),
      'cache',
    );
    const guest = writeGuest(folder, `counts-${version}.js`, COUNTS);
    function run(name: string, ...options: string[]): boolean {
      const set = [`XDG_CACHE_HOME=${cache}`, node, TENDER];
      const args = ['-i', ...set, ...options, '--', guest, '--solo5:debug'];
      const { status, stdout, stderr } = spawnSync('env', args, { encoding: 'utf8' });
      t.equal(status, 0, stderr);
      t.equal(stdout, 'early late');
      const found = stderr.includes(EARLIER);
      t.comment(`${name}: ${found}`);
      return found;
    }
    const files = () => (existsSync(cache) ? readdirSync(join(cache, 'docteur/code')) : []);
    t.equal(run('turned off', '--no-code-cache'), false);
    t.equal(run('portable', '--sandbox=portable'), false);
    t.equal(run('none', '--sandbox=none'), false);
    t.strictSame(files(), [], 'only the strict sandbox keeps any');
    t.equal(run('first'), false);
    t.equal(files().length, 1);
    t.equal(run('second'), true);
    t.equal(run('third'), true);
    t.equal(files().length, 1, 'V8 took it: it is still there');
    t.equal(run('turned off', '--no-code-cache'), false);
    t.equal(run('portable', '--sandbox=portable'), false);
    t.equal(run('other memory', '--mem=128'), false);
    t.equal(run('other memory again', '--mem=128'), true);
    t.equal(files().length, 2);
    appendFileSync(guest, '// changed\n');
    t.equal(run('changed'), false);
    t.equal(run('changed again'), true);
    for (const name of files()) chmodSync(join(cache, 'docteur/code', name), 0o666);
    t.equal(run('others may write'), false);
  });
}

t.test('code that V8 does not take is made anew', async (t) => {
  const cache = join(
    scratchFolder((clean) => t.teardown(clean)),
    'cache',
  );
  const guest = writeGuest(folder, 'stale.js', COUNTS);
  const run = () => {
    const args = [
      '-i',
      `XDG_CACHE_HOME=${cache}`,
      process.execPath,
      TENDER,
      guest,
      '--solo5:debug',
    ];
    return spawnSync('env', args, { encoding: 'utf8' });
  };
  run();
  const files = join(cache, 'docteur/code');
  const [name = ''] = readdirSync(files);
  const bytes = readFileSync(join(files, name));
  // V8's code begins with a number that no other version has.
  bytes[32] = (bytes[32] as number) ^ 1;
  const hash = createHash('sha256').update(Buffer.from(name, 'hex')).update(bytes.subarray(32));
  bytes.set(hash.digest());
  writeFileSync(join(files, name), bytes);
  t.equal(run().stdout, 'early late', 'V8 compiles');
  t.strictSame(readdirSync(files), []);
  t.equal(run().stdout, 'early late');
  t.match(run().stderr, EARLIER);
});

t.test('a guest that does not parse leaves nothing', async (t) => {
  const cache = join(
    scratchFolder((clean) => t.teardown(clean)),
    'cache',
  );
  const guest = writeGuest(folder, 'wrong.js', 'not JavaScript');
  const args = ['-i', `XDG_CACHE_HOME=${cache}`, process.execPath, TENDER, guest];
  const { status, stderr } = spawnSync('env', args, { encoding: 'utf8' });
  t.equal(status, 255);
  t.match(stderr, /uncaught SyntaxError.*guest\.js:2/);
  t.strictSame(readdirSync(join(cache, 'docteur/code')), []);
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
