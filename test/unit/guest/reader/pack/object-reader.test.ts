import { randomBytes } from 'node:crypto';
import t from 'tap';
import {
  createInflater,
  DEFAULT_LIMITS,
  isDelta,
  memorySource,
  OBJECT_BLOB,
  openImage,
  parseOid,
  readEntryHeader,
} from '#format';
import { ObjectReader } from '../../../../../guest/reader/pack/index.ts';
import { git } from '../../../../fixtures/git.ts';
import { imageOfRepository } from '../../../../fixtures/git-image.ts';
import { commitEntries } from '../../../../fixtures/git-tree.ts';

const MEGABYTE = 2 ** 20;
const big = randomBytes(16 * MEGABYTE);
const base = randomBytes(MEGABYTE);
const repository = t.testdir({});
commitEntries(repository, [
  { mode: '100644', path: 'big', content: big },
  { mode: '100644', path: 'base', content: Buffer.concat([base, Buffer.from('a longer end')]) },
  { mode: '100644', path: 'delta', content: base },
]);
const image = imageOfRepository(repository, { packOptions: ['--window=10'] });

/** A reader that counts the bytes of the PACK that are looked at. */
function countingReader(cacheBytes = 8 * MEGABYTE) {
  const { pack, idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const seen = { bytes: 0 };
  const source = {
    size: pack.size,
    window(offset: number, want: number) {
      const view = pack.window(offset, want).subarray(0, 4096);
      seen.bytes += view.length;
      return view;
    },
  };
  const objects = new ObjectReader(source, {
    inflater: createInflater(),
    limits: DEFAULT_LIMITS,
    cacheBytes,
    lookUp: (oid) => idx.lookUp(oid),
  });
  const packOffset = (path: string) =>
    idx.lookUp(
      parseOid(git(repository, 'rev-parse', `HEAD:${path}`).toString().trim()) as Uint8Array,
    ) ?? 0;
  return { objects, seen, packOffset };
}

t.test('a size costs a header, or the head of a delta', async (t) => {
  const { objects, seen, packOffset } = countingReader();
  t.equal(objects.readBlobSize(packOffset('big')), big.length);
  t.equal(objects.readBlobSize(packOffset('delta')), MEGABYTE);
  t.ok(seen.bytes <= 5 * 4096, `${seen.bytes} bytes looked at`);
});

t.test(
  'a part of a large file costs what lies before it, and in order nothing twice',
  async (t) => {
    const { objects, seen, packOffset } = countingReader();
    t.ok(big.subarray(0, 10).equals(objects.readBlobPart(packOffset('big'), 0, 10)));
    t.ok(seen.bytes < MEGABYTE / 4, `${seen.bytes} bytes looked at`);
    for (let at = 0; at < big.length; at += MEGABYTE) {
      const part = objects.readBlobPart(packOffset('big'), at, MEGABYTE);
      if (!big.subarray(at, at + MEGABYTE).equals(part)) t.fail(`part at ${at}`);
    }
    t.ok(seen.bytes < big.length * 1.3, `${seen.bytes} bytes looked at`);
  },
);

t.test('a base is inflated once for its deltas, unless there is no room for it', async (t) => {
  for (const [cacheBytes, atMost] of [
    [8 * MEGABYTE, 1.3],
    [0, 3.3],
  ] as const) {
    const { objects, seen, packOffset } = countingReader(cacheBytes);
    t.equal(objects.readBlob(packOffset('base')).length, MEGABYTE + 12);
    t.ok(base.equals(objects.readBlob(packOffset('delta'))));
    t.ok(base.equals(objects.readContent(packOffset('delta'), OBJECT_BLOB)));
    t.ok(seen.bytes < atMost * MEGABYTE, `${seen.bytes} bytes looked at`);
  }
});

t.test('parts of large deltas are read without building them, in any order', async (t) => {
  const LARGE = 12 * MEGABYTE;
  const first = randomBytes(LARGE);
  const versions = [first];
  for (let i = 1; i < 4; i++) {
    const next = Buffer.from(versions[i - 1] as Buffer);
    for (let at = i * 1000; at < next.length; at += MEGABYTE) next.write(`version ${i}`, at);
    versions.push(Buffer.concat([next, Buffer.from(`the end of ${i}`)]));
  }
  const repository = t.testdir({});
  commitEntries(
    repository,
    versions.map((content, i) => ({ mode: '100644' as const, path: `v${i}`, content })),
  );
  const image = imageOfRepository(repository, { packOptions: ['--window=10'] });
  const { pack, idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const offsets = versions.map((_, i) => {
    const oid = parseOid(git(repository, 'rev-parse', `HEAD:v${i}`).toString().trim());
    return idx.lookUp(oid as Uint8Array) ?? 0;
  });
  const deltas = offsets.filter((at) => isDelta(readEntryHeader(pack, at)));
  t.equal(deltas.length, 3, 'git made deltas of them');
  for (const cacheBytes of [0, 36 * MEGABYTE]) {
    const objects = new ObjectReader(pack, {
      inflater: createInflater(),
      limits: DEFAULT_LIMITS,
      cacheBytes,
      lookUp: (oid) => idx.lookUp(oid),
    });
    let most = 0;
    for (let i = 0; i < 80; i++) {
      const version = (i * 7) % 4;
      const content = versions[version] as Buffer;
      const at = (i * 7_919_123) % content.length;
      const part = objects.readBlobPart(offsets[version] as number, at, 70_000);
      if (!content.subarray(at, at + 70_000).equals(part)) t.fail(`version ${version} at ${at}`);
      most = Math.max(most, part.buffer.byteLength);
    }
    t.equal(most, 70_000, 'no part is a view of the whole');
  }
});
