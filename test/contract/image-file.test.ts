import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FormatError } from '#format';
import { DiskError, openImageFile } from '../../guest/unix/index.ts';
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
