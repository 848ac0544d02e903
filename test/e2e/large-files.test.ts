// Large files: a part of one costs what a part is, wherever it lies. That git reads them all the same is in
// test/interop/git-accepts.test.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ByteSource, DEFAULT_LIMITS, memorySource, openImage, openPathIndex } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { makeImage, verifyImage } from '../../image-tools/index.ts';
import { Random } from '../fuzz/random.ts';

const random = new Random(9);
const words = Array.from({ length: 4000 }, () => random.below(2 ** 30).toString(36));
const text = (length: number) => {
  const parts: string[] = [];
  for (let size = 0; size < length; size += (parts.at(-1) as string).length) {
    parts.push(`${words[random.below(words.length)]} `);
  }
  return Buffer.from(parts.join('').slice(0, length));
};

/** Searched for deltas, and too large for that. */
const FILES = { 'large.txt': text(5_300_000), 'huge.txt': text((33 << 20) + 77) };
const PART = 128 * 1024;

/** The source, and how much of it was given. */
function counted(bytes: Uint8Array): ByteSource & { given: number } {
  const source = {
    size: bytes.length,
    given: 0,
    window(offset: number, want: number) {
      const view = bytes.subarray(offset, offset + Math.max(want, 4096));
      source.given += view.length;
      return view;
    },
  };
  return source;
}

t.test('parts of large files', async (t) => {
  const folder = t.testdir({ source: {} });
  for (const [name, content] of Object.entries(FILES)) {
    writeFileSync(join(folder, 'source', name), content);
  }
  const path = join(folder, 'disk.img');
  await makeImage({ source: join(folder, 'source'), image: path });
  await verifyImage(path);
  const bytes = readFileSync(path);
  const image = openImage(memorySource(bytes), DEFAULT_LIMITS);
  t.equal(openPathIndex(image)?.footer.restartUnits, 1);

  const source = counted(bytes);
  // Nothing is held of them, and no part was read before.
  const fs = mount(source, { reader: 'indexed', cacheBytes: 0 });
  const files = Object.entries(FILES).map(([name, content]) => ({ content, file: fs.open(name) }));
  const total = files.reduce((sum, { content }) => sum + content.length, 0);
  for (let i = 0; i < 40; i++) {
    for (const { content, file } of files) {
      const at = random.below(content.length - PART);
      source.given = 0;
      if (!content.subarray(at, at + PART).equals(file.view(at, PART))) t.fail(`at ${at}`);
      // At most what 2 MiB take of the PACK, in turns and in any order.
      const most = (2 ** 21 * image.pack.size) / total;
      if (i > 0 && source.given > most) t.fail(`${source.given} bytes at ${at}`);
    }
  }
  for (const { content, file } of files) t.ok(content.equals(file.read()));
});
