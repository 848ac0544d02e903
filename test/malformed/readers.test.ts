import { createHash } from 'node:crypto';
import t from 'tap';
import {
  DEFAULT_LIMITS,
  decodeSuperblock,
  ENTRY_OFS_DELTA,
  ENTRY_REF_DELTA,
  FormatError,
  type FormatErrorCode,
  hashObject,
  MODE_FILE,
  MODE_LINK,
  memorySource,
  OBJECT_BLOB,
  type Oid,
} from '#format';
import { type FileSystem, FsError, mount, type Reader } from '../../guest/reader/index.ts';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import { TREE_READERS } from '../fixtures/readers.ts';

const bytes = (text: string) => Buffer.from(text);
const fakeOid = (byte: number) => new Uint8Array(20).fill(byte);

/** A delta that copies the whole of a base of `size` (below 128) bytes. */
const copyDelta = (size: number) => Uint8Array.of(size, size, 0x90, size);

/** Does all that an app could, as far as the image lets it. */
function readAll(fs: FileSystem): void {
  const folders = ['/'];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (folder.length > 60) return;
    for (const { name, kind } of fs.list(folder)) {
      const path = `${folder}${name}`;
      fs.digest(path);
      if (kind === 'directory') folders.push(`${path}/`);
      else if (kind === 'link') fs.readLink(path);
      else if (kind !== 'submodule') {
        fs.size(path);
        fs.getPartial(path, 1, 4);
        fs.get(path);
      }
    }
  }
}

/** What a reader says to an image; every error but the two families is a fault of ours. */
function codeOf(image: Uint8Array, reader: Reader, limits = DEFAULT_LIMITS): string {
  try {
    readAll(mount(memorySource(image), { reader, limits }));
    return 'fine';
  } catch (error) {
    if (error instanceof FormatError || error instanceof FsError) return error.code;
    throw error;
  }
}

/** An image of one file that stands where `build` put its object. */
function imageOf(build: (image: HandmadeImage) => Oid, mode = MODE_FILE): Uint8Array {
  const image = new HandmadeImage();
  const oid = build(image);
  return image.finish(image.addTree([{ mode, name: 'file', oid }]));
}

const TINY_LIMITS = { ...DEFAULT_LIMITS, maxObjectSize: 1000, maxDeltaDepth: 10 };

const CASES: [string, Uint8Array, FormatErrorCode | 'fine'][] = [
  ['a file that is not in the PACK', imageOf(() => fakeOid(7)), 'MISSING_OBJECT'],
  ['a file that is a tree', imageOf((image) => image.addTree([])), 'WRONG_TYPE'],
  [
    'a directory that is a blob',
    imageOf((image) => image.add(OBJECT_BLOB, bytes('no tree')), 0o40000),
    'WRONG_TYPE',
  ],
  [
    'a REF_DELTA against itself',
    imageOf((image) => {
      image.addEntry(ENTRY_REF_DELTA, copyDelta(5), fakeOid(1), fakeOid(1));
      return fakeOid(1);
    }),
    'LIMIT',
  ],
  [
    'two REF_DELTA against each other',
    imageOf((image) => {
      image.addEntry(ENTRY_REF_DELTA, copyDelta(5), fakeOid(1), fakeOid(2));
      image.addEntry(ENTRY_REF_DELTA, copyDelta(5), fakeOid(2), fakeOid(1));
      return fakeOid(1);
    }),
    'LIMIT',
  ],
  [
    'a REF_DELTA whose base is absent',
    imageOf((image) => {
      image.addEntry(ENTRY_REF_DELTA, copyDelta(5), fakeOid(1), fakeOid(2));
      return fakeOid(1);
    }),
    'MISSING_OBJECT',
  ],
  ['a chain of ten deltas', imageOf((image) => chain(image, 10)), 'fine'],
  ['a chain of eleven deltas', imageOf((image) => chain(image, 11)), 'LIMIT'],
  [
    'a blob of 1,000 bytes',
    imageOf((image) => image.add(OBJECT_BLOB, bytes('x'.repeat(1000)))),
    'fine',
  ],
  [
    'a blob of 1,001 bytes',
    imageOf((image) => image.add(OBJECT_BLOB, bytes('x'.repeat(1001)))),
    'LIMIT',
  ],
  [
    'a delta of few bytes that gives many',
    imageOf((image) => {
      const base = image.addEntry(OBJECT_BLOB, bytes('x'.repeat(100)), fakeOid(1));
      // 100 -> 1100 bytes, eleven copies.
      const delta = [100, 0xcc, 8, ...Array.from({ length: 11 }, () => [0x90, 100]).flat()];
      image.addEntry(ENTRY_OFS_DELTA, Uint8Array.from(delta), fakeOid(2), base);
      return fakeOid(2);
    }),
    'LIMIT',
  ],
  [
    'the base of a delta has the wrong size',
    imageOf((image) => {
      const base = image.addEntry(OBJECT_BLOB, bytes('12345'), fakeOid(1));
      image.addEntry(ENTRY_OFS_DELTA, copyDelta(6), fakeOid(2), base);
      return fakeOid(2);
    }),
    'BAD_DELTA',
  ],
  ['a link to a missing object', imageOf(() => fakeOid(7), MODE_LINK), 'MISSING_OBJECT'],
];

function chain(image: HandmadeImage, depth: number): Oid {
  let packOffset = image.addEntry(OBJECT_BLOB, bytes('12345'), fakeOid(100));
  for (let i = 1; i <= depth; i++) {
    packOffset = image.addEntry(ENTRY_OFS_DELTA, copyDelta(5), fakeOid(100 + i), packOffset);
  }
  return fakeOid(100 + depth);
}

for (const reader of ['lazy', 'eager'] as const) {
  t.test(`${reader} reader`, async (t) => {
    for (const [name, image, code] of CASES) {
      t.equal(codeOf(image, reader, TINY_LIMITS), code, name);
    }
  });
}

/** A small sound image with everything in it. */
const sound = imageOf((image) => {
  image.addTree([]);
  const base = image.addEntry(OBJECT_BLOB, bytes('12345'), fakeOid(1));
  image.addEntry(ENTRY_REF_DELTA, copyDelta(5), fakeOid(3), fakeOid(1));
  image.addEntry(ENTRY_OFS_DELTA, copyDelta(5), fakeOid(2), base);
  return fakeOid(2);
});

for (const reader of TREE_READERS) {
  t.test(`${reader} reader: an image cut at any length`, async (t) => {
    const codes = new Set<string>();
    for (let length = 0; length < sound.length; length += length % 32 === 0 ? 1 : 5) {
      codes.add(codeOf(sound.subarray(0, length), reader));
    }
    t.ok(codes.has('TRUNCATED'), [...codes].join(' '));
  });

  t.test(`${reader} reader: any byte changed`, async (t) => {
    const codes = new Map<string, number>();
    for (let at = 0; at < sound.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const image = sound.slice();
        image[at] = (image[at] as number) ^ flip;
        const code = codeOf(image, reader);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    t.comment(Object.fromEntries(codes));
    t.ok(codes.size > 4, 'faults of several kinds were met');
  });
}

t.test('analyze reader: no byte of commit id and PACK changes unnoticed', async (t) => {
  const honest = imageOf((image) => {
    const base = bytes('a base that comes after its deltas');
    const copy = hashObject(() => createHash('sha1'), OBJECT_BLOB, base);
    const head = bytes('a base');
    const part = hashObject(() => createHash('sha1'), OBJECT_BLOB, head);
    // Copies 6 bytes of its base; the delta against that delta copies them all.
    const first = image.addEntry(ENTRY_REF_DELTA, Uint8Array.of(34, 6, 0x90, 6), part, copy);
    image.addEntry(ENTRY_OFS_DELTA, copyDelta(6), part, first);
    image.add(OBJECT_BLOB, base);
    return part;
  });
  t.equal(codeOf(honest, 'analyze'), 'fine');
  const { idxOffset } = decodeSuperblock(honest);
  // Behind the PACK come zeros, which nobody reads.
  const packEnd = honest.subarray(0, idxOffset).findLastIndex((byte) => byte !== 0) + 1;
  const unnoticed: number[] = [];
  for (let at = 0; at < packEnd; at++) {
    const inIdxOffset = at >= 20 && at < 28;
    const image = honest.slice();
    image[at] = (image[at] as number) ^ 0x10;
    if (!inIdxOffset && codeOf(image, 'analyze') === 'fine') unnoticed.push(at);
  }
  t.same(unnoticed, []);
});
