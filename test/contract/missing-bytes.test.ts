// Sources that lack bytes for the moment: readers over them throw, are called again, and are never wrong.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import t from 'tap';
import { type ByteSource, decodeSuperblock, FormatError } from '#format';
import {
  type FileSystem,
  FsError,
  MissingBytes,
  type MountOptions,
  mount,
  whenAtHand,
} from '../../guest/reader/index.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries } from '../fixtures/git-tree.ts';
import { AnnouncedSource, MissingSource, untilAtHand } from '../fixtures/missing-source.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';

/** A source that throws once, at the window that is asked for as the `n`-th. */
class FailingOnce implements ByteSource {
  readonly size: number;
  readonly #bytes: Uint8Array;
  left = Number.POSITIVE_INFINITY;
  prefetch?: (extents: Float64Array) => number;

  constructor(bytes: Uint8Array, isAnnounced: boolean) {
    this.size = bytes.length;
    this.#bytes = bytes;
    if (isAnnounced) this.prefetch = (extents) => extents.length / 2;
  }

  window(offset: number): Uint8Array {
    if (--this.left === 0) throw new MissingBytes(offset, 1);
    return this.#bytes.subarray(offset, offset + 700);
  }
}

/** Everything that a call gives, as text; what it throws, too, unless bytes are missing. */
function outcome(call: () => unknown): string {
  try {
    return inspect(call(), { depth: 6, maxArrayLength: 1e4 });
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof FsError)) throw error;
    return `${error.name} ${error.code}`;
  }
}

const LARGE = 1_300_000;
const CALLS: Readonly<Record<string, (fs: FileSystem) => unknown>> = {
  exists: (fs) => [fs.exists('a/b/file'), fs.exists('no/such'), fs.exists('link')],
  stat: (fs) => fs.stat('link'),
  'real path': (fs) => fs.realPath('link'),
  'read link': (fs) => fs.readLink('link'),
  list: (fs) => fs.list('many').map(({ name, kind }) => `${name} ${kind}`),
  get: (fs) => fs.get('versions/3'),
  view: (fs) => fs.view('versions/7'),
  digest: (fs) => fs.digest('a/b/file'),
  'a part of a delta': (fs) => fs.getPartial('versions/9', 1000, 50),
  'parts of a large file': (fs) => [
    fs.getPartial('large', LARGE - 900_000, 70),
    fs.getPartial('large', 5, 70),
    fs.getPartial('large', LARGE - 3, 70),
  ],
  'by nodes': (fs) => {
    const { nodes } = fs;
    const folder = nodes.find('many');
    const name = Buffer.from('file-17');
    const file = nodes.child(folder, name);
    if (file === undefined) throw new Error('no file');
    return [nodes.name(nodes.numbered(nodes.number(file))), nodes.size(file), nodes.read(file)];
  },
};

const READERS: Readonly<Record<string, MountOptions>> = {
  indexed: {},
  lazy: { reader: 'lazy' },
  'without a cache': { reader: 'lazy', cacheBytes: 0 },
  checked: { check: true },
  'checked, without a cache': { check: true, cacheBytes: 0 },
  eager: { reader: 'eager' },
};

const repository = t.testdir({});
const text = (number: number) =>
  Array.from({ length: 200 }, (_, i) => `${i % 20 === number ? `as of ${number}` : i * 7919}\n`);
commitEntries(repository, [
  { mode: '100644', path: 'a/b/file', content: 'file\n' },
  { mode: '120000', path: 'link', content: 'a/../a/b/file' },
  { mode: '100644', path: 'large', content: randomBytes(LARGE) },
  ...Array.from({ length: 12 }, (_, i) => ({
    mode: '100644' as const,
    path: `versions/${i}`,
    content: text(i).join(''),
  })),
  ...Array.from({ length: 60 }, (_, i) => ({
    mode: '100644' as const,
    path: `many/file-${i}`,
    content: `${i}\n`,
  })),
]);
const image = withPathIndex(
  imageOfRepository(repository, { packOptions: ['--delta-base-offset', '--window=20'] }),
);

for (const [name, options] of Object.entries(READERS)) {
  t.test(`${name}: each read fails in its turn`, async (t) => {
    for (const [callName, call] of Object.entries(CALLS)) {
      const plain = new FailingOnce(image, false);
      const expected = outcome(() => call(mount(plain, options)));
      for (const isAnnounced of [false, true]) {
        const kept = new FailingOnce(image, isAnnounced);
        const keptFs = mount(kept, options);
        let failures = 0;
        // Large files take thousands of windows: most of them are passed over.
        for (let n = 1; ; n += n < 40 ? 1 : Math.ceil(n / 3)) {
          const source = new FailingOnce(image, isAnnounced);
          const fs = mount(source, options);
          source.left = kept.left = n;
          const attempt = (each: FileSystem) => outcome(() => call(each));
          let missed = false;
          try {
            attempt(fs);
          } catch (error) {
            if (!(error instanceof MissingBytes)) throw error;
            missed = true;
          }
          source.left = Number.POSITIVE_INFINITY;
          if (missed) failures += 1;
          if (attempt(fs) !== expected) t.fail(`${callName}: another result behind read ${n}`);
          try {
            attempt(keptFs);
          } catch (error) {
            if (!(error instanceof MissingBytes)) throw error;
          }
          kept.left = Number.POSITIVE_INFINITY;
          if (attempt(keptFs) !== expected) t.fail(`${callName}: kept reader, read ${n}`);
          if (!missed) break;
        }
        if (failures === 0 && name !== 'eager') t.fail(`${callName} read nothing`);
      }
    }
    t.pass();
  });

  t.test(`${name}: the mount fails in its turn`, async (t) => {
    const expected = outcome(() => mount(new FailingOnce(image, false), options).get('versions/5'));
    for (let n = 1; ; n++) {
      const source = new FailingOnce(image, true);
      source.left = n;
      let fs: FileSystem | undefined;
      try {
        fs = mount(source, options);
      } catch (error) {
        if (!(error instanceof MissingBytes)) throw error;
      }
      source.left = Number.POSITIVE_INFINITY;
      const again = fs ?? mount(source, options);
      if (outcome(() => again.get('versions/5')) !== expected) t.fail(`behind read ${n}`);
      if (fs !== undefined) break;
    }
    t.pass();
  });
}

t.test('a step of an iterator can be repeated', async (t) => {
  for (const options of Object.values(READERS)) {
    const source = new MissingSource(image, 512);
    const fs = untilAtHand(source, () => mount(source, options));
    const expected = [...mount(new FailingOnce(image, false), options).walk('/')];
    const paths = (entries: Iterable<{ path: string }>) => [...entries].map(({ path }) => path);
    const steps = fs.walk('/')[Symbol.iterator]();
    const found: { path: string }[] = [];
    for (;;) {
      source.forget();
      const { done, value } = untilAtHand(source, () => steps.next());
      if (done) break;
      found.push(value);
    }
    t.same(paths(found), paths(expected));
  }
});

t.test('an index that proves damaged while bytes are missing is said once', async (t) => {
  const names = Array.from({ length: 3000 }, (_, i) => `folder/file-${i}`);
  const plain = generateImage(names);
  const damaged = Buffer.from(withPathIndex(plain));
  damaged.fill(0x55, plain.length + 3 * 4096, plain.length + 5 * 4096);
  const warnings: string[] = [];
  const source = new MissingSource(damaged, 512);
  const options = { onWarning: (message: string) => warnings.push(message) };
  const fs = untilAtHand(source, () => mount(source, options));
  const steps = fs.nodes
    .list(untilAtHand(source, () => fs.nodes.find('folder')))
    [Symbol.iterator]();
  let count = 0;
  for (;;) {
    const { done } = untilAtHand(source, () => steps.next());
    if (done) break;
    count += 1;
  }
  t.equal(count, names.length);
  t.equal(warnings.length, 1);
});

const LINE = 16 * 1024;

t.test('whenAtHand fetches until a call succeeds', async (t) => {
  const source = new AnnouncedSource(image, 4096);
  const fetch = async (missing: MissingBytes) => source.fetch(missing);
  const fs = await whenAtHand(() => mount(source), fetch);
  const [one, other] = await Promise.all([
    whenAtHand(() => fs.get('versions/2'), fetch),
    whenAtHand(() => fs.get('a/b/file'), fetch),
  ]);
  t.equal(Buffer.from(one).toString(), text(2).join(''));
  t.equal(Buffer.from(other).toString(), 'file\n');
  t.ok(source.misses > 1, `${source.misses} misses`);
  await t.rejects(
    whenAtHand(() => fs.get('no such file'), fetch),
    { code: 'NOT_FOUND' },
  );
  const broken = new Error('the network is gone');
  source.forget();
  const cold = await whenAtHand(() => mount(source, { reader: 'lazy', cacheBytes: 0 }), fetch);
  source.forget();
  await t.rejects(
    whenAtHand(
      () => cold.get('versions/4'),
      async () => {
        throw broken;
      },
    ),
    broken,
  );
});

t.test('a large file that is checked goes on where bytes were missing', async (t) => {
  for (const cacheBytes of [0, 44 * 2 ** 20]) {
    const source = new MissingSource(image, LINE);
    const { commit } = decodeSuperblock(image);
    const fs = untilAtHand(source, () => mount(source, { commit, cacheBytes }));
    let missed = 0;
    const part = untilAtHand(
      {
        fetch(missing) {
          missed += 1;
          if (missed > 200) throw new Error('it does not come to an end');
          source.forget();
          // Of all lines only the one that is missing, and what is read next to it.
          for (let at = -4 * LINE; at <= 80 * LINE; at += LINE) {
            source.fetch(new MissingBytes(Math.max(0, missing.offset + at), 1));
          }
        },
      },
      () => fs.getPartial('large', 900_000, 100),
    );
    t.equal(part.length, 100);
    t.ok(missed < 40, `${missed} misses`);
  }
});
