// What browsers load: one small file that needs nothing beside the web's own interfaces.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';

const bundle = readFileSync(join(import.meta.dirname, '../../dist/library/browser.js'));

t.test('40 KB at most, compressed', async (t) => {
  const { length } = gzipSync(bundle, { level: 9 });
  t.ok(length <= 40_000, `${length} bytes`);
});

t.test('nothing of Node, and no other file', async (t) => {
  t.notMatch(bundle.toString(), /["'`]node:|\bprocess\b\.|\bBuffer\b|\brequire\(|\bimport[ ({'"]/);
});
