// Readers that check, in front of a host that keeps the image and cannot be trusted.
import { randomBytes } from 'node:crypto';
import t from 'tap';
import {
  type ByteSource,
  decodeSuperblock,
  FormatError,
  MODE_FILE,
  memorySource,
  OBJECT_BLOB,
  type Oid,
} from '#format';
import { type FileSystem, mount } from '../../guest/reader/index.ts';
import { SAMPLE_FILES, sample } from '../fixtures/forged-sample.ts';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import { TREE_READERS } from '../fixtures/readers.ts';

const badHash = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return error instanceof FormatError && error.code === 'BAD_HASH';
  }
  return false;
};

/** How many of the sample's files are given; those that are must be right. */
function readSample(open: () => FileSystem): number {
  let given = 0;
  let fs: FileSystem | undefined;
  for (const [path, content] of Object.entries(SAMPLE_FILES)) {
    try {
      fs ??= open();
      if (fs.size(path) !== content.length) throw new Error(`${path}: a wrong size is given`);
      if (Buffer.compare(fs.get(path), content) !== 0) throw new Error(`${path}: wrong data`);
      given += 1;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return given;
}

t.test('no byte that is flipped gets through, for a commit that is known', async (t) => {
  const image = sample();
  const { commit } = decodeSuperblock(image);
  for (const reader of TREE_READERS) {
    const count = Object.keys(SAMPLE_FILES).length;
    const open = () => mount(memorySource(image), { reader, commit });
    t.equal(readSample(open), count);
    let refused = 0;
    // To analyze a PACK takes the longest, and each flip there is one of the same few.
    const step = reader === 'analyze' ? 5 : 1;
    for (let at = 0; at < image.length; at += step) {
      image[at] = (image[at] as number) ^ 0x10;
      if (readSample(open) < count) refused += 1;
      image[at] = (image[at] as number) ^ 0x10;
    }
    t.ok(refused > 300 / step, `${reader}: ${refused} of ${image.length / step} are errors`);
  }
});

t.test('another commit is refused; so is the reader that trusts the path index', async (t) => {
  const source = memorySource(sample());
  const commit = new Uint8Array(20).fill(7);
  for (const reader of ['auto', ...TREE_READERS] as const) {
    t.ok(badHash(() => mount(source, { reader, commit })));
  }
  t.throws(() => mount(source, { reader: 'indexed', check: true }), {
    name: 'OptionError',
  });
});

/** An image of one file; the bytes are those of `content` whatever the id says. */
function oneFile(content: Uint8Array, level?: number, oid?: Oid): Uint8Array {
  const image = new HandmadeImage(level);
  let fileOid = oid;
  if (fileOid === undefined) fileOid = image.add(OBJECT_BLOB, content);
  else image.addEntry(OBJECT_BLOB, content, fileOid);
  return image.finish(image.addTree([{ mode: MODE_FILE, name: 'file', oid: fileOid }]));
}

/** Two images alike but for the content of their one file, and a disk that changes between them. */
function changingDisk(size: number, level?: number) {
  // What is random does not compress: both images have the same places.
  const [first, second] = [randomBytes(size), randomBytes(size)];
  const sound = oneFile(first, level);
  const oid = mount(memorySource(sound)).digest('file');
  const forged = oneFile(second, level, oid);
  let current = sound;
  const source: ByteSource = {
    size: sound.length,
    window: (offset) => current.subarray(offset),
  };
  return {
    first,
    source,
    change() {
      current = current === sound ? forged : sound;
    },
  };
}

const MEGABYTE = 2 ** 20;

for (const [size, name, level] of [
  [100, 'a file of 100 bytes'],
  [MEGABYTE, 'a file of 1 MiB'],
  [3 * MEGABYTE - 1, 'a large file'],
  // Read again from any place it is a sound stream: only the hash of a piece tells.
  [3 * MEGABYTE - 1, 'a large file that is stored', 0],
] as const) {
  t.test(`a disk that changes under ${name}`, async (t) => {
    const { first, source, change } = changingDisk(size, level);
    const open = (cacheBytes: number) => mount(source, { check: true, cacheBytes });
    const parts = (fs: FileSystem) => [
      fs.getPartial('file', size - 10, 10),
      fs.getPartial('file', 1, 10),
    ];
    const right = [first.subarray(size - 10), first.subarray(1, 11)];
    t.ok(parts(open(0)).every((part, i) => right[i]?.equals(part)));

    change();
    const unchecked = mount(source, { cacheBytes: 0 });
    t.notOk(right[0]?.equals(unchecked.getPartial('file', size - 10, 10)), 'unchecked: wrong data');
    for (const call of [
      (fs: FileSystem) => fs.size('file'),
      (fs: FileSystem) => fs.get('file'),
      (fs: FileSystem) => fs.view('file'),
      (fs: FileSystem) => fs.getPartial('file', 0, 1),
    ]) {
      t.ok(badHash(() => call(open(0))));
    }

    change();
    // What was found right once may be given again from memory, and must be right if it is.
    for (const cacheBytes of [0, 64 * MEGABYTE]) {
      const fs = open(cacheBytes);
      t.equal(fs.size('file'), size);
      t.ok(first.equals(fs.get('file')));
      change();
      for (let i = 0; i < 2; i++) {
        let given: Uint8Array[] = right;
        const refused = badHash(() => {
          given = parts(fs);
        });
        t.ok(refused || given.every((part, i) => right[i]?.equals(part)));
        t.equal(refused, size > MEGABYTE && cacheBytes === 0);
      }
      change();
      t.ok(
        parts(fs).every((part, i) => right[i]?.equals(part)),
        'right again',
      );
    }
  });
}

t.test(
  'the pieces of a file that is held are given away, and what is left is no worse',
  async (t) => {
    const size = 3 * MEGABYTE + 5;
    const { first, source, change } = changingDisk(size);
    const fs = mount(source, { check: true });
    const part = (offset: number, length: number) => fs.getPartial('file', offset, length);
    const isRight = (offset: number, length: number) =>
      first.subarray(offset, offset + length).equals(part(offset, length));

    t.equal(fs.size('file'), size);
    t.ok(first.equals(fs.get('file')), 'whole, after its size was asked');
    t.ok(first.equals(fs.view('file')));
    for (const [offset, length] of [
      [0, 0],
      [0, size + 9],
      [1, MEGABYTE],
      [MEGABYTE - 1, 2],
      [MEGABYTE, MEGABYTE + 1],
      [3 * MEGABYTE, 4],
      [size, 1],
      [size + MEGABYTE, 1],
    ] as const) {
      t.ok(isRight(offset, length), `${length} bytes from ${offset}`);
    }
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < size; at += MEGABYTE) {
        const piece = part(at, MEGABYTE);
        t.ok(first.subarray(at, at + MEGABYTE).equals(piece));
        t.equal(piece.byteLength, piece.buffer.byteLength, 'nothing else is in its buffer');
        piece.fill(0);
      }
    }
    t.ok(first.equals(fs.get('file')), 'whole, after its pieces were given');

    t.ok(isRight(0, MEGABYTE));
    change();
    t.ok(isRight(MEGABYTE, 10), 'held');
    for (let i = 0; i < 2; i++)
      t.ok(
        badHash(() => part(0, 10)),
        'given, and read again',
      );
    t.ok(badHash(() => part(MEGABYTE, 10)));
    change();
    t.ok(isRight(0, MEGABYTE));
  },
);
