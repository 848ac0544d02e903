// What is read and let go leaves nothing behind that only a collection of the whole heap takes away.
import { getHeapSpaceStatistics } from 'node:v8';
import t from 'tap';
import { memorySource } from '#format';
import { LineCache } from '../../../../../guest/reader/cache/line-cache.ts';
import { mount } from '../../../../../guest/reader/index.ts';
import { generateImage } from '../../../../fixtures/generated-image.ts';
import { withPathIndex } from '../../../../fixtures/with-path-index.ts';

const FOLDERS = 40;
const FILES = 500;
const LINE = 16 * 1024;
const MOST = 500_000;

/** Bytes of objects that outlived the collections of young ones, garbage among them. */
function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => /^(old|large_object)_space$/.test(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

function* paths(): Generator<string> {
  for (let i = 0; i < FOLDERS * FILES; i++) yield `folder-${i % FOLDERS}/file-${i}`;
}

const image = withPathIndex(generateImage(paths()));

for (const reader of ['lazy', 'indexed'] as const) {
  t.test(`${reader}: files that are read once`, async (t) => {
    const device = {
      size: image.length,
      blockSize: 1,
      read: (reads: readonly { offset: number; into: Uint8Array }[]) => {
        for (const { offset, into } of reads) {
          into.set(image.subarray(offset, offset + into.length));
        }
      },
    };
    const cache = new LineCache(device, new Uint8Array(16 * LINE), LINE);
    const fs = mount(cache, { reader, cacheBytes: 2 ** 20 });
    const readAll = () => {
      for (let i = 0; i < FOLDERS; i++) {
        for (const { node, kind } of fs.nodes.list(fs.nodes.find(`folder-${i}`))) {
          if (kind === 'file') fs.nodes.view(node);
        }
      }
    };
    readAll();
    readAll();
    let least = Number.POSITIVE_INFINITY;
    // A collection in between can only make it less.
    for (let round = 0; round < 40 && least >= MOST; round++) {
      const before = oldBytes();
      readAll();
      readAll();
      least = Math.min(least, oldBytes() - before);
    }
    t.ok(least < MOST, `${least} bytes for ${2 * FOLDERS * FILES} files`);
  });
}

t.test('large files, one after the other', async (t) => {
  const size = 1_100_000;
  const names = Array.from({ length: 50 }, (_, i) => `file-${i}`);
  const image = generateImage(
    names,
    new Map(names.map((name, i) => [name, new Uint8Array(size).fill(i)])),
  );
  const fs = mount(memorySource(image), { cacheBytes: 2 ** 20 });
  const readAll = () => {
    for (const [i, name] of names.entries()) {
      const byte = fs.open(name).view(size / 2, 1)[0];
      if (byte !== i) t.fail(name);
    }
  };
  const before = process.memoryUsage().external;
  readAll();
  readAll();
  const growth = process.memoryUsage().external - before;
  t.ok(growth < 2 ** 23, `${growth} bytes`);
});
