// A path index is believed by the reader that uses it, so it can name what is not there; it must not
// crash, hang, or give names that no tree could hold. docteur.verify takes none of these.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import t from 'tap';
import {
  DEFAULT_LIMITS,
  FormatError,
  keyOf,
  memorySource,
  openImage,
  openPathIndex,
  ROOT_PREFIX,
} from '#format';
import { LineCache } from '../../guest/reader/cache/line-cache.ts';
import { mount } from '../../guest/reader/index.ts';
import { verifyImage } from '../../image-tools/verify/verify.ts';
import { forgePathIndex, type IndexRow, resealBlock } from '../fixtures/forged-path-index.ts';
import { sample } from '../fixtures/forged-sample.ts';
import { SlowDevice } from '../fixtures/slow-device.ts';

const image = sample();
const FILE = { kind: 0, packOffset: 12, rank: 0, size: 13, submodule: undefined };
const rowsOf = (...names: string[]) =>
  names.map((name): IndexRow => [keyOf(ROOT_PREFIX, Buffer.from(name, 'latin1')), FILE]);
const many = rowsOf(...Array.from({ length: 2000 }, (_, i) => `file${10_000 + i}`));
const FOOTER_AT = 4096 - 128;
/** Bytes of all names of a folder. */
const MAX_NAMES = 1 << 20;
/** Front-coded they take little, written out more than {@link MAX_NAMES}. */
const swollen = rowsOf(...Array.from({ length: 300 }, (_, i) => 'x'.repeat(9000) + (i + 1000)));

const SWOLLEN = forgePathIndex(image, swollen);

/** The section of `rows` with one change; its CRCs are made right. */
function changed(change: (section: Buffer, root: number) => void, rows = many): Buffer {
  const section = forgePathIndex(image, rows);
  const root = section.length - 4096;
  change(section, root);
  resealBlock(section, root);
  resealBlock(section, 0);
  return section;
}

const field = (at: number, value: number) =>
  changed((section, root) => {
    section.writeUInt32BE(value, root + FOOTER_AT + at);
  });

/** Each with what opening it, looking a name up and listing the root give; `fine` is no error. */
const CASES: [string, Buffer, string][] = [
  ['sound, but for the paths in it', forgePathIndex(image, many), 'fine'],
  ['of no paths', forgePathIndex(image, []), 'fine'],
  ['version 2', field(8, 2), 'BAD_INDEX'],
  ['units of 512 bytes', field(12, 512), 'BAD_INDEX'],
  ['a size of 2^60', field(16, 2 ** 28), 'LIMIT'],
  ['a size beyond the image', field(20, 2 ** 31), 'BAD_INDEX'],
  ['a size of half a unit', field(20, 2048), 'BAD_INDEX'],
  ['of another IDX', field(28, 512), 'BAD_INDEX'],
  ['of an IDX of no size', field(36, 0), 'BAD_INDEX'],
  ['of another commit', field(40, 1), 'BAD_INDEX'],
  ['of another PACK', field(60, 1), 'BAD_INDEX'],
  ['of another number of objects', field(100, 9), 'BAD_INDEX'],
  ['of no paths, with leaves', field(104, 0), 'BAD_INDEX'],
  ['of more leaves than units', field(108, 2 ** 31), 'BAD_INDEX'],
  ['of leaves that end before they begin', field(108, 0), 'BAD_INDEX'],
  ['a root tree outside the IDX', field(112, 8), 'BAD_INDEX'],
  ['a root tree outside the PACK', field(116, 1), 'BAD_INDEX'],
  ['a CRC', forgePathIndex(image, many).fill(1, 0, 4), 'BAD_INDEX'],
  ['a root that is a leaf', changed((s, root) => s.fill(0, root + 4, root + 5)), 'BAD_INDEX'],
  ['a root of 255 levels', changed((s, root) => s.fill(255, root + 4, root + 5)), 'BAD_INDEX'],
  ['a root of 65,535 children', changed((s, root) => s.fill(255, root + 6, root + 8)), 'BAD_INDEX'],
  ['a child outside', changed((s, root) => s.writeUInt32BE(2 ** 32 - 1, root + 12)), 'BAD_INDEX'],
  [
    'a root that leads to itself',
    changed((s, root) => s.writeUInt32BE(root / 4096, root + 12)),
    'BAD_INDEX',
  ],
  ['a leaf of 65,535 entries', changed((s) => s.fill(255, 6, 8)), 'BAD_INDEX'],
  ['a leaf without entries', changed((s) => s.fill(0, 6, 8)), 'BAD_INDEX'],
  ['keys longer than the leaf', changed((s) => s.writeUInt32BE(5000, 8)), 'BAD_INDEX'],
  ['columns of 255 bytes', changed((s) => s.fill(255, 12, 16)), 'BAD_INDEX'],
  ['a first key that shares bytes', changed((s) => s.fill(5, 16, 17)), 'BAD_INDEX'],
  ['an empty key', changed((s) => s.fill(0, 17, 18)), 'BAD_INDEX'],
  ['a key of 2^21 bytes', changed((s) => s.fill(255, 17, 20)), 'BAD_INDEX'],
  ['keys that fall', changed((s) => s.fill(0xff, 20, 21)), 'BAD_INDEX'],
  ['a leaf twice', changed((s) => s.copy(s, 4096, 0, 4096)), 'BAD_INDEX'],
  ['the name ..', forgePathIndex(image, rowsOf('..', 'a')), 'BAD_INDEX'],
  ['the name .', forgePathIndex(image, rowsOf('.', 'a')), 'BAD_INDEX'],
  ['a name with a /', forgePathIndex(image, rowsOf('../../etc/passwd')), 'BAD_INDEX'],
  ['a name with a NUL', forgePathIndex(image, rowsOf('a\0b')), 'BAD_INDEX'],
  ['more names than may be', SWOLLEN, 'BAD_INDEX'],
  [
    'an unknown kind',
    forgePathIndex(image, [[many[0]?.[0] as Buffer, { ...FILE, kind: 77 }]]),
    'BAD_INDEX',
  ],
  [
    'an object outside',
    forgePathIndex(image, [[many[0]?.[0] as Buffer, { ...FILE, packOffset: 2 ** 40 }]]),
    'BAD_INDEX',
  ],
  [
    'a rank outside',
    forgePathIndex(image, [[many[0]?.[0] as Buffer, { ...FILE, rank: 8 }]]),
    'BAD_INDEX',
  ],
];

/** What a whole listing gives, one by pages, or one of whole paths. */
function outcome(bytes: Buffer, how: 'whole' | 'pages' | 'paths'): string {
  try {
    const index = openPathIndex(openImage(memorySource(bytes), DEFAULT_LIMITS));
    for (const [key] of many.slice(0, 3)) index?.find(key);
    if (how === 'paths') {
      const what = { prefix: ROOT_PREFIX, shown: new Uint8Array(0), end: 0, maxDepth: 9 };
      const lister = index?.listPaths(what);
      while (lister?.next() !== undefined);
    } else if (how === 'pages') {
      for (const { leaf, row, bytes, from, end } of index?.pages(ROOT_PREFIX) ?? []) {
        const count = bytes.subarray(from, end).filter((byte) => byte === 0).length;
        for (let at = row; at < row + count; at++) leaf.entryOf(at);
      }
    } else {
      index?.list(ROOT_PREFIX, MAX_NAMES, (leaf, first, end) => {
        for (let row = first; row < end; row++) leaf.entryOf(row);
      });
    }
    return 'fine';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

t.test('every defect of a path index is found where it would do harm', async (t) => {
  const file = join(t.testdir(), 'disk.img');
  for (const [name, section, expected] of CASES) {
    const bytes = Buffer.concat([image, section]);
    t.equal(outcome(bytes, 'whole'), expected, name);
    // By pages no more is held than one leaf has.
    const byPages = section === SWOLLEN ? 'fine' : expected;
    t.equal(outcome(bytes, 'pages'), byPages, `by pages: ${name}`);
    t.equal(outcome(bytes, 'paths'), byPages, `paths: ${name}`);
    writeFileSync(file, bytes);
    await t.rejects(verifyImage(file), { name: 'FormatError' }, `verify: ${name}`);
  }
});

t.test('a leaf has five units at most, which its own header says', async (t) => {
  const section = forgePathIndex(image, many);
  const leaf = section.subarray(0, 6 * 4096);
  leaf[5] = 6;
  leaf.writeUInt32BE(crc32(leaf.subarray(4)), 0);
  const bytes = Buffer.concat([image, section]);
  const index = openPathIndex(openImage(memorySource(bytes), DEFAULT_LIMITS));
  t.throws(() => index?.list(ROOT_PREFIX, MAX_NAMES, () => {}), {
    code: 'BAD_INDEX',
    message: 'a block of 6 units',
  });
});

t.test('a name that leads elsewhere is no child', async (t) => {
  const bytes = Buffer.concat([image, forgePathIndex(image, rowsOf('../../etc/passwd', 'a'))]);
  const { nodes } = mount(memorySource(bytes), { reader: 'indexed' });
  t.equal(nodes.child(nodes.root, Buffer.from('../../etc/passwd')), undefined);
  t.ok(nodes.child(nodes.root, Buffer.from('a')));
});

t.test('hints that are wrong cost time, and nothing else', async (t) => {
  const { objectCount } = openImage(memorySource(image), DEFAULT_LIMITS);
  const right = mount(memorySource(image), { reader: 'lazy' });
  const files = right.list('/').filter(({ kind }) => kind === 'file');
  t.ok(files.length > 0);
  for (const packOffset of [12, 13, 40, 2 ** 40]) {
    const rows = files.map(({ nameBytes }): IndexRow => {
      return [keyOf(ROOT_PREFIX, nameBytes), { ...FILE, packOffset, rank: objectCount - 1 }];
    });
    const bytes = Buffer.concat([image, forgePathIndex(image, rows)]);
    const cache = new LineCache(new SlowDevice(bytes), new Uint8Array(64 * 65_536), 65_536);
    const fs = mount(cache, { check: true });
    for (const { name } of files) {
      t.ok(
        Buffer.from(fs.get(name)).equals(right.get(name)),
        `${name}, said to be at ${packOffset}`,
      );
    }
  }
});
