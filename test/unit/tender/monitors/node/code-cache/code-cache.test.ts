// V8 believes the code that it is given: it must be of this very script, and unharmed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openCachedCode } from '../../../../../../tender/monitors/node/code-cache/code-cache.ts';
import { scratchFolder } from '../../../../../fixtures/tender.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const SCRIPT = Buffer.from('script');
const CODE = Buffer.from('code');
const folder = scratchFolder((clean) => t.teardown(clean));
const files = join(folder, 'docteur', 'code');

function open(script: Uint8Array, flags: readonly string[] = []) {
  const { XDG_CACHE_HOME } = process.env;
  process.env.XDG_CACHE_HOME = folder;
  try {
    const cached = openCachedCode(sha256, script, flags);
    if (cached === undefined) throw new Error('no folder');
    return cached;
  } finally {
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  }
}

function codeOf(...what: Parameters<typeof open>): Buffer | undefined {
  const cached = open(...what);
  cached.close();
  return cached.code;
}

t.test('code is found for the same script and flags alone', async (t) => {
  const cached = open(SCRIPT, ['--a']);
  t.equal(cached.code, undefined);
  cached.keep(CODE);
  cached.close();
  t.strictSame(codeOf(SCRIPT, ['--a']), CODE);
  t.equal(codeOf(SCRIPT, ['--b']), undefined);
  t.equal(codeOf(Buffer.from('scripT'), ['--a']), undefined);
});

t.test('harmed code is not used, nor is that of another script', async (t) => {
  const before = readdirSync(files);
  function keepFor(script: Uint8Array): string {
    const cached = open(script);
    cached.keep(CODE);
    cached.close();
    const [name] = readdirSync(files).filter((name) => !before.includes(name));
    before.push(name ?? '');
    return join(files, name ?? '');
  }
  const file = keepFor(SCRIPT);
  const other = keepFor(Buffer.from('other'));
  const bytes = readFileSync(file);
  for (const [at] of bytes.entries()) {
    const harmed = Buffer.from(bytes);
    harmed[at] = (harmed[at] as number) ^ 1;
    writeFileSync(file, harmed);
    t.equal(codeOf(SCRIPT), undefined, `byte ${at}`);
  }
  writeFileSync(file, bytes.subarray(0, 32));
  t.equal(codeOf(SCRIPT), undefined, 'nothing behind the hash');
  writeFileSync(file, readFileSync(other));
  t.equal(codeOf(SCRIPT), undefined, "another script's");
  writeFileSync(file, bytes);
  t.strictSame(codeOf(SCRIPT), CODE);
  const stale = open(SCRIPT);
  stale.drop();
  stale.close();
  t.equal(codeOf(SCRIPT), undefined);
});
