// What browsers load: one small file that needs nothing beside the web's own interfaces.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { browserImage } from '../fixtures/browser-image.ts';

type Library = typeof import('../../guest/host/browser/index.ts');

const path = join(import.meta.dirname, '../../dist/library/browser.js');
const bundle = readFileSync(path);

t.test('40 KB at most, compressed', async (t) => {
  const { length } = gzipSync(bundle, { level: 9 });
  t.ok(length <= 40_000, `${length} bytes`);
});

t.test('nothing of Node, and no other file', async (t) => {
  t.notMatch(bundle.toString(), /["'`]node:|\bprocess\b\.|\bBuffer\b|\brequire\(|\bimport[ ({'"]/);
});

t.test('paths are listed as a walk meets them', async (t) => {
  const { openImageBlob }: Library = await import(path);
  const { bytes } = browserImage(3000);
  const image = await openImageBlob(new Blob([new Uint8Array(bytes)]));
  const [listed, walked] = await image.read((fs) => {
    const { nodes } = fs;
    const pieces = Array.from(nodes.paths(nodes.root, new Uint8Array(0), 10), (piece) =>
      Buffer.from(piece),
    );
    return [String(Buffer.concat(pieces)), Array.from(fs.walk('/'), (entry) => entry.path)];
  });
  t.ok(walked.length > 3000);
  t.strictSame(
    listed.replace(/\n$/, '').split('\n'),
    walked.map((one) => one.slice(1)),
  );
});
