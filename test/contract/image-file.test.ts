import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { MODE_FILE, OBJECT_BLOB } from '#format';
import { DiskError, FormatError, openImageFile } from '../../guest/host/index.ts';
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
    new DiskError(`${folder}/absent: cannot open: ENOENT`),
  );
  t.throws(() => openImageFile(folder), new DiskError(`${folder}: not a regular file`));
  writeFileSync(join(folder, 'empty'), '');
  t.throws(() => openImageFile(join(folder, 'empty')), FormatError);
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
  t.throws(() => image.fs.get('big'), new DiskError(`${path}: cannot read: it was closed`));
  image.close();
  image[Symbol.dispose]();
  t.ok(fstatSync(other).isFile(), 'is still open');
});
