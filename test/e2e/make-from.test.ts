// Images made from older ones: what is taken over, what changed, and that a forged one gets nothing through.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import t, { type Test } from 'tap';
import {
  DEFAULT_LIMITS,
  isDelta,
  memorySource,
  OBJECT_BLOB,
  openImage,
  readEntryHeader,
  SUPERBLOCK_SIZE,
} from '#format';
import { openImageFile } from '../../guest/host/index.ts';
import { type MakeOptions, makeImage, verifyImage } from '../../image-tools/index.ts';
import { adler32 } from '../../image-tools/pack/adler32.ts';
import { Sweep } from '../../image-tools/verify/sweep.ts';
import { longFolders, manyPaths } from '../fixtures/bombs.ts';
import { versionedFiles } from '../fixtures/git.ts';

const DATE = { seconds: 1_600_000_000, zone: '+0000' };

function scratch(t: Test, versions: number) {
  const root = t.testdir({});
  const folder = join(root, 'folder');
  for (const [path, content] of Object.entries(versionedFiles(versions))) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const at = (name: string) => join(root, name);
  const make = (image: string, options: Partial<MakeOptions> = {}) =>
    makeImage({ source: folder, image: at(image), date: DATE, ...options });
  return { folder, at, make, paths: Object.keys(versionedFiles(versions)) };
}

/** The entries of an image by id: type of the chain's root, its length, and the bytes of the stream. */
function entriesOf(file: string) {
  const { pack, idx } = openImage(memorySource(readFileSync(file)), DEFAULT_LIMITS);
  const offsets = Array.from({ length: idx.count }, (_, i) => idx.packOffsetOf(i));
  const ends = offsets.toSorted((a, b) => a - b);
  const chainOf = (at: number): { type: number; chain: number } => {
    const header = readEntryHeader(pack, at);
    if (!isDelta(header)) return { type: header.type, chain: 0 };
    const { type, chain } = chainOf(header.basePackOffset as number);
    return { type, chain: chain + 1 };
  };
  return new Map(
    offsets.map((at, i) => {
      const { dataOffset, size } = readEntryHeader(pack, at);
      const end = ends[ends.indexOf(at) + 1] ?? dataOffset;
      const stream = Buffer.from(pack.window(dataOffset, end - dataOffset)).subarray(
        0,
        end - dataOffset,
      );
      const id = Buffer.from(idx.oidOf(i)).toString('hex');
      return [id, { ...chainOf(at), size, dataOffset, stream: stream.toString('hex') }];
    }),
  );
}

t.test('what did not change is taken over as it lies; what did is told', async (t) => {
  const { folder, at, make, paths } = scratch(t, 12);
  await make('old.img', { level: 'best' });
  const [first, second] = paths as [string, string];
  writeFileSync(join(folder, first), `${readFileSync(join(folder, first))}one line more\n`);
  rmSync(join(folder, second));
  writeFileSync(join(folder, 'brand new'), 'text of a new file\n'.repeat(50));
  const { changes } = await make('new.img', { from: at('old.img'), level: 'fast' });
  t.strictSame(changes, { added: ['brand new'], modified: [first], removed: [second] });
  await verifyImage(at('new.img'));
  const [old, made] = [entriesOf(at('old.img')), entriesOf(at('new.img'))];
  const same = [...made].filter(([id, { stream }]) => old.get(id)?.stream === stream);
  t.ok(same.length > made.size * 0.6, `${same.length} of ${made.size} are the same bytes`);
  const image = openImageFile(at('new.img'));
  t.teardown(() => image.close());
  for (const path of [first, 'brand new', paths[5] as string]) {
    t.same(Buffer.from(image.fs.get(path)), readFileSync(join(folder, path)), path);
  }
  t.strictSame((await make('again.img', { from: at('new.img') })).changes, {
    added: [],
    modified: [],
    removed: [],
  });
});

t.test('a changed file becomes a delta against what was taken over', async (t) => {
  const { folder, at, make, paths } = scratch(t, 12);
  const whole = await make('old.img');
  const path = paths[3] as string;
  writeFileSync(join(folder, path), `${readFileSync(join(folder, path))}one line more\n`);
  const made = await make('new.img', { from: at('old.img') });
  t.ok(made.sizes.pack < whole.sizes.pack + 400, `${made.sizes.pack} of ${whole.sizes.pack}`);
});

t.test(
  'chains that are too long, and deltas where none are wanted, are not taken over',
  async (t) => {
    const { at, make } = scratch(t, 40);
    await make('old.img', { level: 'fast', readCost: 0 });
    const chains = (file: string) =>
      [...entriesOf(at(file)).values()].map(({ chain, type }) =>
        type === OBJECT_BLOB ? chain : 0,
      );
    t.ok(Math.max(...chains('old.img')) > 4);
    await make('short.img', { from: at('old.img'), depth: 4 });
    t.equal(Math.max(...chains('short.img')), 4);
    await make('web.img', { from: at('old.img'), web: true });
    t.equal(Math.max(...chains('web.img')), 0);
    await verifyImage(at('short.img'));
    await verifyImage(at('web.img'));
  },
);

/** Writes `old.img` with another content of the same size in a file, as `forged.img`; gives the file's id. */
function forge(at: (name: string) => string, how: { fixCrc: boolean; above?: number }): string {
  const bytes = readFileSync(at('old.img'));
  // Well deflated, into no more room.
  const [id, entry] = [...entriesOf(at('old.img'))].find(
    ([, { type, size, chain }]) => type === OBJECT_BLOB && chain === 0 && size > (how.above ?? 200),
  ) as [string, ReturnType<typeof entriesOf> extends Map<string, infer Entry> ? Entry : never];
  const data = SUPERBLOCK_SIZE + entry.dataOffset;
  const end = data + entry.stream.length / 2;
  if (end - data < entry.size) {
    deflateSync(Buffer.alloc(entry.size, 'x')).copy(bytes, data, 0, end - data);
  } else {
    // What cannot be compressed stands in the stream as it is.
    const stream = bytes.subarray(data, end);
    const content = inflateSync(stream);
    const at = stream.indexOf(content.subarray(1000, 1020));
    stream[at] = (stream[at] as number) ^ 1;
    content[1000] = (content[1000] as number) ^ 1;
    stream.writeUInt32BE(adler32(content), stream.length - 4);
  }
  if (how.fixCrc) {
    const { idx, idxOffset } = openImage(memorySource(bytes), DEFAULT_LIMITS);
    const row = idx.find(Buffer.from(id, 'hex')) as number;
    const start = SUPERBLOCK_SIZE + idx.packOffsetOf(row);
    bytes.writeUInt32BE(
      crc32(bytes.subarray(start, end)),
      idxOffset + 8 + 1024 + 20 * idx.count + 4 * row,
    );
  }
  writeFileSync(at('forged.img'), bytes);
  return id;
}

t.test('a forged image gets nothing through', async (t) => {
  const { at, make } = scratch(t, 3);
  await make('old.img', { web: true });
  forge(at, { fixCrc: true });
  await t.rejects(make('new.img', { from: at('forged.img') }), {
    name: 'FormatError',
    message: /forged\.img: cannot make an image from it, make one without --from/,
  });
  t.notOk(existsSync(at('new.img')), 'nothing is written');
  writeFileSync(at('empty.img'), '');
  await t.rejects(make('new.img', { from: at('empty.img') }), { name: 'FormatError' });
  await t.rejects(make('new.img', { from: at('missing.img') }), { code: 'NO_INPUT' });
});

t.test('what was taken over is checked by threads while the rest is packed', async (t) => {
  const { folder, at, make } = scratch(t, 3);
  for (let i = 0; i < 5; i += 1) writeFileSync(join(folder, `random ${i}`), randomBytes(1 << 20));
  await make('old.img', { web: true });
  writeFileSync(join(folder, 'brand new'), randomBytes(1 << 20));
  const id = forge(at, { fixCrc: true, above: 1 << 19 });
  for (const jobs of [1, 2]) {
    await make('new.img', { from: at('old.img'), jobs });
    await verifyImage(at('new.img'));
    await t.rejects(make('none.img', { from: at('forged.img'), jobs }), {
      code: 'BAD_HASH',
      message: /forged\.img: cannot make an image from it, .*an object's id is/,
      cause: { oid: id },
    });
    t.notOk(existsSync(at('none.img')));
  }
});

t.test('an abort while what was taken over is checked to the end', async (t) => {
  const { folder, at, make } = scratch(t, 3);
  for (let i = 0; i < 5; i += 1) writeFileSync(join(folder, `random ${i}`), randomBytes(1 << 20));
  await make('old.img', { web: true });
  const { finish } = Sweep.prototype;
  t.teardown(() => Object.assign(Sweep.prototype, { finish }));
  for (const jobs of [1, 2]) {
    const controller = new AbortController();
    const reason = new Error('enough');
    Sweep.prototype.finish = function (options) {
      const done = finish.call(this, options);
      controller.abort(reason);
      return done;
    };
    const { signal } = controller;
    await t.rejects(make('new.img', { from: at('old.img'), jobs, signal }), reason);
    t.strictSame(readdirSync(at('.')).sort(), ['folder', 'old.img'], 'nothing is left behind');
  }
});

t.test('a trusted image may be damaged, but is not checked for forgery', async (t) => {
  const { folder, at, make, paths } = scratch(t, 12);
  const [first] = paths as [string];
  await make('old.img');
  // Entries that lie together are copied together; behind one that is gone, one by one.
  const gone = paths.filter((_, i) => i % 5 === 1).sort();
  for (const path of gone) rmSync(join(folder, path));
  writeFileSync(join(folder, first), `${readFileSync(join(folder, first))}one line more\n`);
  const made = await make('new.img', { from: at('old.img'), trustFrom: true });
  t.strictSame(made.changes, { added: [], modified: [first], removed: gone });
  await verifyImage(at('new.img'));

  const from = at('forged.img');
  forge(at, { fixCrc: false });
  const message = /forged\.img: cannot make an image from it, .*: the CRC-32 of an entry differs/;
  await t.rejects(make('damaged.img', { from, trustFrom: true }), { code: 'BAD_HASH', message });
  t.notOk(existsSync(at('damaged.img')));
  forge(at, { fixCrc: true });
  await make('forged-too.img', { from, trustFrom: true });
  await t.rejects(verifyImage(at('forged-too.img')), { name: 'FormatError' });
  await t.rejects(make('new.img', { trustFrom: true }), { code: 'USAGE', message: /--from/ });
});

t.test('folders within each other make no list without end of what changed', async (t) => {
  const { at, make } = scratch(t, 1);
  for (const [name, bytes, message] of [
    // 10^6 paths, and 300 MB of them.
    ['many', manyPaths(6), /more than \d+ paths, out of a few folders/],
    ['long', longFolders(500, 10, 60_000), /paths of more than 268435456 bytes/],
  ] as const) {
    writeFileSync(at(name), bytes);
    const warnings: string[] = [];
    const made = await make('new.img', {
      from: at(name),
      onWarning: (text) => void warnings.push(text),
    });
    t.equal(made.changes, undefined, name);
    t.match(warnings, [message], name);
    await verifyImage(at('new.img'));
  }
});
