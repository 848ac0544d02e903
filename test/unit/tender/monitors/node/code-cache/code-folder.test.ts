// Files by name in a private folder: whole or not at all, bounded, and only this user's own.
import {
  chmodSync,
  closeSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { codeFolder } from '../../../../../../tender/monitors/node/code-cache/code-folder.ts';
import { openPrivateFolder } from '../../../../../../tender/monitors/node/code-cache/private-folder.ts';
import { scratchFolder } from '../../../../../fixtures/tender.ts';

const scratch = (t: Test) => scratchFolder((clean) => t.teardown(clean));
const MiB = 2 ** 20;
const CODE = Buffer.from('code');

function openFolder(t: Test) {
  const path = join(scratch(t), 'code');
  const folder = codeFolder(openPrivateFolder(path) as number);
  t.teardown(() => folder.close());
  return { path, folder };
}

t.test('what is written is read', async (t) => {
  const { path, folder } = openFolder(t);
  t.equal(folder.read('a'), undefined);
  folder.write('a', [Buffer.from('co'), Buffer.from('de')]);
  t.strictSame(folder.read('a'), CODE);
  t.equal(statSync(join(path, 'a')).mode & 0o777, 0o600);
  t.strictSame(readdirSync(path), ['a'], 'and nothing else is left');
  folder.write('a', [Buffer.from('other')]);
  t.strictSame(folder.read('a'), Buffer.from('other'));
  folder.remove('a');
  t.equal(folder.read('a'), undefined);
  folder.remove('a');
});

t.test('what others may have written is not read', async (t) => {
  const { path, folder } = openFolder(t);
  writeFileSync(join(path, 'a'), CODE, { mode: 0o600 });
  t.strictSame(folder.read('a'), CODE);
  for (const mode of [0o620, 0o602]) {
    chmodSync(join(path, 'a'), mode);
    t.equal(folder.read('a'), undefined, mode.toString(8));
  }
  chmodSync(join(path, 'a'), 0o600);
  if (process.geteuid?.() === 0) {
    lchownSync(join(path, 'a'), 65533, 65533);
    t.equal(folder.read('a'), undefined, "a stranger's");
    lchownSync(join(path, 'a'), 0, 0);
  }
  symlinkSync('a', join(path, 'link'));
  t.equal(folder.read('link'), undefined);
  mkdirSync(join(path, 'folder'));
  t.equal(folder.read('folder'), undefined);
});

t.test('nothing is too large', async (t) => {
  const { path, folder } = openFolder(t);
  writeFileSync(join(path, 'a'), '', { mode: 0o600 });
  truncateSync(join(path, 'a'), 16 * MiB + 1);
  t.equal(folder.read('a'), undefined);
  folder.write('b', [new Uint8Array(16 * MiB), CODE]);
  t.notOk(existsSync(join(path, 'b')));
});

t.test('the least recently used go first', async (t) => {
  const { path, folder } = openFolder(t);
  for (let age = 1; age <= 64; age += 1) {
    const name = join(path, `${age}`);
    writeFileSync(name, CODE, { mode: 0o600 });
    utimesSync(name, 1000 - age, 1000 - age);
  }
  // Used, and so the youngest.
  t.ok(folder.read('64'));
  folder.write('new', [CODE]);
  const names = readdirSync(path);
  t.equal(names.length, 64);
  t.ok(names.includes('new'));
  t.ok(names.includes('64'));
  t.notOk(names.includes('63'));

  for (const name of names) truncateSync(join(path, name), MiB);
  folder.write('large', [new Uint8Array(8 * MiB)]);
  const sizes = readdirSync(path).map((name) => statSync(join(path, name)).size);
  t.ok(sizes.reduce((a, b) => a + b) <= 64 * MiB);
  t.ok(existsSync(join(path, 'large')));
});

t.test('a failure leaves things as they were', async (t) => {
  const { path, folder } = openFolder(t);
  folder.write('a', [CODE]);
  const temporary = join(path, `.b.${process.pid}`);
  linkSync(join(path, 'a'), temporary);
  folder.write('b', [Buffer.from('other')]);
  t.strictSame(folder.read('a'), CODE, 'what stands in the way is not written to');
  t.equal(folder.read('b'), undefined);
  mkdirSync(join(path, 'c'));
  folder.write('c', [CODE]);
  t.notOk(existsSync(join(path, `.c.${process.pid}`)));
});

t.test('a folder that went away', async (t) => {
  const fd = openPrivateFolder(join(scratch(t), 'code')) as number;
  const folder = codeFolder(fd);
  closeSync(fd);
  folder.write('a', [CODE]);
  t.equal(folder.read('a'), undefined);
  folder.close();
});
