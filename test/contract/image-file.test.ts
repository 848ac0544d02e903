import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { MODE_FILE, OBJECT_BLOB } from '#format';
import { openFileDisk } from '../../guest/host/file-disk.ts';
import { DiskError, openImageFile } from '../../guest/host/index.ts';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import { testFileSystem } from './file-system.ts';

t.test('the library that opens image files', async (t) => {
  const folder = t.testdir();
  let count = 0;
  const images: { close(): void }[] = [];
  t.teardown(() => {
    for (const image of images) image.close();
  });
  await t.test('contract', async (t) => {
    testFileSystem(t, (bytes) => {
      const path = join(folder, `${count++}.img`);
      writeFileSync(path, bytes);
      const image = openImageFile(path);
      images.push(image);
      return image.fs;
    });
  });
  t.throws(
    () => openImageFile(join(folder, 'absent')),
    new DiskError('CANNOT_OPEN', `${folder}/absent: cannot open: no such file or directory`),
  );
  t.throws(
    () => openImageFile(folder),
    new DiskError('NOT_A_FILE', `${folder}: not a regular file`),
  );
  writeFileSync(join(folder, 'empty'), '');
  t.throws(() => openImageFile(join(folder, 'empty')), {
    name: 'FormatError',
    code: 'TRUNCATED',
    message: new RegExp(`^${folder}/empty: `),
  });
  t.throws(() => openImageFile(7 as unknown as string), { name: 'OptionError' });
  mkdirSync(join(folder, 'folder'));
  t.throws(() => openImageFile(join(folder, 'folder')), DiskError);
});

t.test('an image that was closed', async (t) => {
  const path = join(t.testdir(), 'disk.img');
  const handmade = new HandmadeImage();
  const oid = handmade.add(OBJECT_BLOB, randomBytes(200_000));
  writeFileSync(path, handmade.finish(handmade.addTree([{ mode: MODE_FILE, name: 'big', oid }])));
  const image = openImageFile(path, { reader: 'lazy' });
  image.close();
  // The next file that is opened gets the descriptor's number: it is not the image's.
  const other = openSync(path, 'r');
  t.teardown(() => closeSync(other));
  t.throws(
    () => image.fs.get('big'),
    new DiskError('CLOSED', `${path}: cannot read: it was closed`),
  );
  image.close();
  image[Symbol.dispose]();
  t.ok(fstatSync(other).isFile(), 'is still open');
});

t.test('after close nothing answers, whatever was read before', async (t) => {
  const path = join(t.testdir(), 'disk.img');
  const handmade = new HandmadeImage();
  const oid = handmade.add(OBJECT_BLOB, Buffer.from('small'));
  const files = ['a', 'b'].map((name) => ({ mode: MODE_FILE, name, oid }));
  writeFileSync(path, handmade.finish(handmade.addTree(files)));
  for (const reader of ['lazy', 'eager', 'analyze'] as const) {
    const image = openImageFile(path, { reader });
    const { fs } = image;
    fs.get('a');
    const file = fs.open('a');
    file.read();
    const walking = fs.walk()[Symbol.iterator]();
    walking.next();
    const { nodes } = fs;
    const node = nodes.find('a');
    image.close();
    const calls: (() => unknown)[] = [
      () => fs.exists('a'),
      () => fs.stat('a'),
      () => fs.lstat('a'),
      () => fs.realPath('a'),
      () => [...fs.walk()],
      () => walking.next(),
      () => fs.open('a'),
      () => file.read(),
      () => fs.get('a'),
      () => fs.view('a'),
      () => fs.getPartial('a', 0, 1),
      () => fs.list('/'),
      () => fs.readLink('a'),
      () => fs.digest('a'),
      () => fs.size('a'),
      () => fs.lastModified('a'),
      () => nodes.root,
      () => nodes.kind(node),
      () => nodes.read(node),
    ];
    for (const call of calls) t.throws(call, { name: 'DiskError', code: 'CLOSED' }, String(call));
  }
});

t.test('reads of many lines give the bytes of the file', async (t) => {
  const path = join(t.testdir(), 'disk.img');
  const bytes = randomBytes(3_000_000);
  writeFileSync(path, bytes);
  const disk = openFileDisk(path);
  for (const [start, want] of [
    [0, 1],
    [2_500_000, 300_000],
    [1_000_000, 1],
  ] as const) {
    for (let at = start; at < bytes.length; ) {
      const window = disk.window(at, want);
      if (!bytes.subarray(at, at + window.length).equals(window)) t.fail(`at ${at}`);
      at += window.length;
    }
  }
  disk.close();
  const cut = openFileDisk(path);
  // Behind the first few reads, which are small.
  for (let at = 0; at < 100_000; at += 8192) cut.window(at, 8192);
  truncateSync(path, 2_900_000);
  const error = new DiskError('CANNOT_READ', `${path}: cannot read: it was cut`);
  t.throws(() => cut.window(2_880_000, 100_000), error);
  cut.close();
});

t.test('a file that was cut, or closed, gives no bytes that it does not have', async (t) => {
  const path = join(t.testdir(), 'disk.img');
  writeFileSync(path, randomBytes(100_000));
  const disk = openFileDisk(path);
  truncateSync(path, 70_000);
  const cut = new DiskError('CANNOT_READ', `${path}: cannot read: it was cut`);
  t.throws(() => disk.window(99_000, 1), cut);
  t.throws(() => disk.readOnce?.(60_000, new Uint8Array(20_000)), cut);
  disk.close();
  const closed = { code: 'CLOSED' };
  t.throws(() => disk.readOnce?.(0, new Uint8Array(10)), closed);
});

t.test('a damaged image is named', async (t) => {
  const path = join(t.testdir(), 'disk.img');
  const handmade = new HandmadeImage();
  const oid = handmade.add(OBJECT_BLOB, Buffer.from('x'.repeat(2000)));
  const bytes = handmade.finish(handmade.addTree([{ mode: MODE_FILE, name: 'a', oid }]));
  for (let at = 45; at < 60; at++) bytes[at] = 0xff;
  writeFileSync(path, bytes);
  const image = openImageFile(path, { reader: 'lazy' });
  t.teardown(() => image.close());
  t.throws(() => image.fs.get('a'), { name: 'FormatError', message: new RegExp(`^${path}: `) });
});
