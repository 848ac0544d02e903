// What the readers of the original cannot take, though Git's format has it: large stored blocks of
// deflate, and long chains of deltas.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import t from 'tap';
import {
  DEFAULT_LIMITS,
  isDelta,
  memorySource,
  openImage,
  type PackOffset,
  readEntryHeader,
} from '#format';
import { makeImage } from '../../image-tools/index.ts';
import { deflateBlocks } from '../fixtures/deflate-blocks.ts';

/** Its docteur.verify miscounts copies beyond its window. */
const MAX_STORED = 32_768;
/** Its fast reader dies at boot of longer chains; we stay below. */
const MAX_CHAIN = 50;

const scratch = t.testdir({ folder: {} });
const folder = join(scratch, 'folder');

/** All entries of an image: where each begins, by what its data are, and the length of its chain. */
function entriesOf(image: Uint8Array): { dataAt: number; size: number; chain: number }[] {
  const { pack, idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const chainOf = (at: PackOffset): number => {
    const header = readEntryHeader(pack, at);
    if (!isDelta(header)) return 0;
    return (
      1 + chainOf(header.basePackOffset ?? (idx.lookUp(header.baseOid as Uint8Array) as number))
    );
  };
  return Array.from({ length: idx.count }, (_, rank) => {
    const at = idx.packOffsetOf(rank);
    const { dataOffset, size } = readEntryHeader(pack, at);
    return { dataAt: 28 + dataOffset, size, chain: chainOf(at) };
  });
}

t.test('the walker sees what zlib writes', async (t) => {
  const text = Buffer.from('to be or not to be, '.repeat(9000));
  for (const level of [1, 6, 9]) {
    const blocks = deflateBlocks(deflateSync(text, { level }), 0);
    t.equal(
      blocks.reduce((sum, { size }) => sum + size, 0),
      text.length,
    );
  }
  const stored = deflateBlocks(
    deflateSync(randomBytes(200_000), { level: 0, chunkSize: 1 << 20 }),
    0,
  );
  t.ok(stored.some(({ kind, size }) => kind === 'stored' && size > MAX_STORED));
  t.strictSame(
    deflateBlocks(deflateSync(Buffer.from('a')), 0).map(({ kind }) => kind),
    ['fixed'],
  );
});

t.test('stored blocks are at most 32,768 bytes, at every level', async (t) => {
  const sizes = [1, 32_767, 32_768, 32_769, 65_535, 65_536, 98_304, 400_000, 3_000_000];
  for (const size of sizes) writeFileSync(join(folder, `random-${size}`), randomBytes(size));
  // Above 32 MB contents are streamed.
  writeFileSync(join(folder, 'huge'), Buffer.concat(new Array(36).fill(randomBytes(1_000_000))));
  const image = join(scratch, 'disk.img');
  for (const level of ['best', 'default', 'fast'] as const) {
    await makeImage({ source: folder, image, level });
    const bytes = readFileSync(image);
    let stored = 0;
    for (const { dataAt, size } of entriesOf(bytes)) {
      const blocks = deflateBlocks(bytes, dataAt);
      t.equal(
        blocks.reduce((sum, block) => sum + block.size, 0),
        size,
      );
      const large = blocks.filter((block) => block.kind === 'stored' && block.size > MAX_STORED);
      t.strictSame(large, [], level);
      stored += blocks.filter(({ kind }) => kind === 'stored').length;
    }
    t.ok(stored > 20, `${stored} stored blocks`);
  }
});

t.test('chains of trees and of files are never deeper than 50, at every level', async (t) => {
  const versions = join(scratch, 'versions');
  const line = (i: number) => `line ${i} of a page that goes on for a while\n`;
  const names = Array.from({ length: 120 }, (_, i) => `name-${i}-${'x'.repeat(i % 40)}`);
  for (let version = 0; version < 300; version++) {
    const below = join(versions, `${version}`);
    mkdirSync(below, { recursive: true });
    const lines = Array.from({ length: 80 }, (_, i) => line(i < version % 80 ? i + version : i));
    writeFileSync(join(below, 'page'), lines.join(''));
    for (const name of names)
      writeFileSync(join(below, name), name === names[version % 120] ? `${version}` : '');
  }
  const image = join(scratch, 'disk.img');
  for (const level of ['best', 'default', 'fast'] as const) {
    await makeImage({ source: versions, image, level });
    const chains = entriesOf(readFileSync(image)).map(({ chain }) => chain);
    const longest = Math.max(...chains);
    t.ok(longest > 20 && longest <= MAX_CHAIN, `${level}: ${longest}`);
  }
});
