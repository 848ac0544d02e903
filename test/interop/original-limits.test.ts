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
  OBJECT_BLOB,
  openImage,
  type PackOffset,
  readEntryHeader,
} from '#format';
import { type MakeOptions, makeImage } from '../../image-tools/index.ts';
import { deflateBlocks } from '../fixtures/deflate-blocks.ts';

/** Its docteur.verify miscounts copies beyond its window. */
const MAX_STORED = 32_768;
/** Its fast reader dies at boot of longer chains; we stay below. */
const MAX_CHAIN = 50;

const scratch = t.testdir({ folder: {} });
const folder = join(scratch, 'folder');

interface Entry {
  readonly dataAt: number;
  readonly size: number;
  readonly type: number;
  readonly chain: number;
}

/** All entries of an image: where each begins, by what its data are, and the length of its chain. */
function entriesOf(image: Uint8Array): Entry[] {
  const { pack, idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const chainOf = (at: PackOffset): { type: number; chain: number } => {
    const header = readEntryHeader(pack, at);
    if (!isDelta(header)) return { type: header.type, chain: 0 };
    const base = header.basePackOffset ?? (idx.lookUp(header.baseOid as Uint8Array) as number);
    const { type, chain } = chainOf(base);
    return { type, chain: chain + 1 };
  };
  return Array.from({ length: idx.count }, (_, rank) => {
    const at = idx.packOffsetOf(rank);
    const { dataOffset, size } = readEntryHeader(pack, at);
    return { dataAt: 28 + dataOffset, size, ...chainOf(at) };
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

t.test('chains of trees are never deeper than 50, and no others where nobody asks', async (t) => {
  const versions = join(scratch, 'versions');
  const names = Array.from({ length: 60 }, (_, i) => `name-${i}-${'x'.repeat(i % 40)}`);
  const lines = Array.from({ length: 150 }, (_, i) => `line ${i} of a page that goes on\n`);
  for (let version = 0; version < 150; version++) {
    const below = join(versions, `${version}`);
    mkdirSync(below, { recursive: true });
    lines[version] = `another line ${version}, ${version ** 3}\n`;
    writeFileSync(join(below, 'page'), lines.join(''));
    for (const [i, name] of names.entries()) {
      writeFileSync(join(below, name), i < version / 2 ? `${version - (version % (i + 2))}` : '');
    }
  }
  const image = join(scratch, 'disk.img');
  const longest = async (options: Partial<MakeOptions>) => {
    await makeImage({ source: versions, image, ...options });
    const entries = entriesOf(readFileSync(image));
    const of = (isBlob: boolean) =>
      Math.max(
        ...entries.filter(({ type }) => (type === OBJECT_BLOB) === isBlob).map((e) => e.chain),
      );
    return { files: of(true), trees: of(false) };
  };
  for (const level of [undefined, 'best', 'fast'] as const) {
    const { files, trees } = await longest({ level });
    t.ok(Math.max(files, trees) <= MAX_CHAIN, `${level}: ${files}, ${trees}`);
    t.ok(Math.min(files, trees) > 10);
  }
  const { files, trees } = await longest({ level: 'fast', depth: 4000, readCost: 0 });
  t.ok(files > 59, `files in chains of ${files}`);
  t.equal(trees, MAX_CHAIN);
});
