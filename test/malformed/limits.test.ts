import { join } from 'node:path';
import t from 'tap';
import { createInflater, DEFAULT_LIMITS, type Limits, memorySource } from '#format';
import { mount, type Reader } from '../../guest/reader/index.ts';
import { verifyImage } from '../../image-tools/verify/verify.ts';
import { Forge } from '../fixtures/forge.ts';
import { commitText, copy, delta, insert, treeEntry } from '../fixtures/forge-bytes.ts';
import { BASE, SECOND, sample, THIRD } from '../fixtures/forged-sample.ts';
import { TREE_READERS } from '../fixtures/readers.ts';
import { walkImage } from '../fixtures/walk-image.ts';

const image = memorySource(sample());
const ROOT_SIZE = [
  treeEntry('100644', 'README.md', Buffer.alloc(20)),
  treeEntry('100644', 'base.txt', Buffer.alloc(20)),
  treeEntry('40000', 'docs', Buffer.alloc(20)),
  treeEntry('120000', 'link', Buffer.alloc(20)),
  treeEntry('100755', 'second.txt', Buffer.alloc(20)),
  treeEntry('100644', 'third.txt', Buffer.alloc(20)),
].reduce((size, { length }) => size + length, 0);
const DOCS_SIZE = treeEntry('100644', 'a.txt', Buffer.alloc(20)).length;

/** At `most` the image reads; one less, and it does not. */
function boundary(name: keyof Limits, most: number, readers: readonly Reader[]): void {
  t.test(`${name}: ${most} is enough, ${most - 1} is not`, async (t) => {
    for (const reader of readers) {
      const read = (limit: number) => {
        const limits = { ...DEFAULT_LIMITS, [name]: limit };
        // First, when nothing is at hand yet, the file at the end of the longest chain.
        return walkImage(() => {
          const fs = mount(image, { reader, limits, cacheBytes: 0 });
          fs.get('third.txt');
          return fs;
        });
      };
      t.strictSame(read(most), [], reader);
      t.strictSame(read(most - 1), ['LIMIT'], reader);
    }
  });
}

boundary('maxObjects', 8, ['lazy', 'eager', 'analyze']);
boundary('maxObjectSize', Math.max(SECOND.length, THIRD.length), ['lazy', 'eager', 'analyze']);
boundary('maxDeltaDepth', 2, ['lazy', 'eager', 'analyze']);
boundary('maxChainSize', BASE.length + SECOND.length + THIRD.length, ['lazy', 'eager', 'analyze']);
boundary('maxTreeSize', ROOT_SIZE, ['lazy', 'eager', 'analyze']);
boundary('maxTreesSize', ROOT_SIZE + DOCS_SIZE, ['eager', 'analyze']);
boundary('maxTreeDepth', 2, ['lazy', 'eager', 'analyze']);

t.test('verify has the same limits', async (t) => {
  const file = join(t.testdir({ 'disk.img': sample() }), 'disk.img');
  const most: Partial<Limits> = {
    maxObjects: 8,
    maxObjectSize: Math.max(SECOND.length, THIRD.length),
    maxDeltaDepth: 2,
    maxTreeSize: ROOT_SIZE,
    maxTreesSize: ROOT_SIZE + DOCS_SIZE,
    maxTreeDepth: 1,
  };
  for (const [name, limit] of Object.entries(most)) {
    await t.resolves(verifyImage(file, { limits: { [name]: limit } }), name);
    const less = verifyImage(file, { limits: { [name]: limit - 1 } });
    await t.rejects(less, { name: 'FormatError', code: 'LIMIT' }, name);
  }
});

t.test('a limit that is absent or undefined is the default', async (t) => {
  const deep = sample({
    more: (forge) => {
      let base = forge.add('blob', Buffer.from('0'));
      for (let i = 1; i <= DEFAULT_LIMITS.maxDeltaDepth + 1; i++) {
        const content = Buffer.from(`${i}`);
        const baseSize = `${i - 1}`.length;
        base = forge.addOfs(base, delta(baseSize, content.length, insert(content)), content);
      }
    },
  });
  const file = join(t.testdir({ 'disk.img': deep }), 'disk.img');
  const limits = { maxDeltaDepth: undefined } as Readonly<object>;
  await t.rejects(verifyImage(file, { limits }), { name: 'FormatError', code: 'LIMIT' });
  const large = sample({ second: { delta: delta(BASE.length, 2 ** 46, copy(0, BASE.length)) } });
  for (const limits of [{ maxObjectSize: undefined } as Readonly<object>, { maxTreeDepth: 9 }]) {
    const read = () => mount(memorySource(large), { limits }).get('second.txt');
    t.throws(read, { code: 'LIMIT', message: /at most 1073741824 allowed/ });
  }
});

t.test('a PACK that expands beyond all bounds', async (t) => {
  // Each delta of some 20 bytes gives 256 KiB, and the next is built on it.
  const size = 2 ** 18;
  const bomb = sample({
    more: (forge) => {
      let content = Buffer.alloc(size);
      let base = forge.add('blob', content);
      for (let i = 1; i <= 100; i++) {
        const head = insert(Buffer.from([i]));
        content = Buffer.concat([Buffer.from([i]), content.subarray(0, size - 1)]);
        base = forge.addOfs(base, delta(size, size, head, copy(0, size - 1)), content);
      }
    },
  });
  const file = join(t.testdir({ 'disk.img': bomb }), 'disk.img');
  const image = memorySource(bomb);
  const tight = { maxChainSize: 2 ** 24, maxExpansion: 100 };
  await t.rejects(verifyImage(file, { limits: tight }), { name: 'FormatError', code: 'LIMIT' });
  t.throws(() => mount(image, { reader: 'analyze', limits: { ...DEFAULT_LIMITS, ...tight } }), {
    name: 'FormatError',
    code: 'LIMIT',
  });
  await t.resolves(verifyImage(file));
  t.equal(mount(image, { reader: 'analyze' }).exists('README.md'), 'file');
});

t.test('trees that expand beyond all bounds, each built for itself', async (t) => {
  // Of some 60 bytes each, against a base that no cache keeps.
  const size = 2 ** 20;
  const forge = new Forge();
  const file = forge.add('blob', Buffer.from('file'));
  const base = forge.add('tree', Buffer.alloc(size));
  const folders = Array.from({ length: 40 }, (_, i) => {
    const tree = treeEntry('100644', `${i}`, file);
    return forge.addOfs(base, delta(size, tree.length, insert(tree)), tree);
  });
  const entries = folders.map((oid, i) => treeEntry('40000', `${i + 10}`, oid));
  forge.add('commit', commitText(forge.add('tree', Buffer.concat(entries))));
  const image = memorySource(forge.build());
  const tight = { ...DEFAULT_LIMITS, maxChainSize: 2 ** 21, maxExpansion: 1000 };
  const { openTreeWalk: _, ...oneByOne } = createInflater();
  for (const inflater of [createInflater(), oneByOne]) {
    const open = (limits: Limits) =>
      mount(image, { reader: 'eager', limits, inflater, cacheBytes: 2 ** 16 });
    t.throws(() => open(tight), { name: 'FormatError', code: 'LIMIT' });
    t.equal(open({ ...tight, maxChainSize: 41 * size }).exists('49/39'), 'file');
  }
});

t.test('an object that the limits allow and the machine does not', async (t) => {
  const bomb = sample({ second: { delta: delta(BASE.length, 2 ** 46, copy(0, BASE.length)) } });
  const file = join(t.testdir({ 'disk.img': bomb }), 'disk.img');
  const limits = { ...DEFAULT_LIMITS, maxObjectSize: 2 ** 50 };
  for (const reader of TREE_READERS) {
    const read = () => mount(memorySource(bomb), { reader, limits }).get('second.txt');
    t.throws(read, { name: 'FormatError', code: 'LIMIT' }, reader);
  }
  await t.rejects(verifyImage(file, { limits }), { name: 'FormatError', code: 'LIMIT' });
});
