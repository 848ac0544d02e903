// Where descriptors have no paths: by paths, and the folder must stand there before and after.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  FolderHandle,
  forgetDescriptorPaths,
} from '../../../../image-tools/files/folder-handle.ts';
import { replaceFile } from '../../../../image-tools/files/output-file.ts';
import { scanFolder } from '../../../../image-tools/source/folder.ts';
import { FIVE_FILE_DATE, writeFiveFileFolder } from '../../../fixtures/tools.ts';

forgetDescriptorPaths();

t.test('folders are read, files are written', async (t) => {
  const root = t.testdir({ in: { d: { a: 'a' } }, out: {} });
  const options = { compat: false, exclude: () => false, onSkip: () => undefined };
  const { files } = await scanFolder({ ...options, root: Buffer.from(join(root, 'in')) });
  t.equal(files, 1);
  for (const path of [join(root, 'out/new'), join(root, 'in/../out/new')]) {
    await replaceFile(path, (fd) => void writeSync(fd, path));
    t.equal(readFileSync(path, 'utf8'), path);
  }
});

t.test('a folder that is swapped is noticed', async (t) => {
  const root = t.testdir({ d: { a: 'a' }, secret: { a: 'S' } });
  const path = join(root, 'd');
  const folder = FolderHandle.open(Buffer.from(path));
  t.teardown(() => folder.close());
  renameSync(path, `${path}.moved`);
  t.throws(() => folder.file(Buffer.from('a'), 0), { code: 'CHANGED' }, 'gone');
  symlinkSync('secret', path);
  t.throws(() => folder.file(Buffer.from('a'), 0), { code: 'CHANGED' }, 'a link');
  const above = FolderHandle.open(Buffer.from(root));
  t.teardown(() => above.close());
  t.throws(() => above.folder(Buffer.from('d')), { code: 'ENOTDIR' });
});

t.test('the command, in a container without /proc', async (t) => {
  const root = t.testdir({ in: {} });
  mkdirSync(join(root, 'out'));
  writeFiveFileFolder(join(root, 'in'));
  const make = join(import.meta.dirname, '../../../../dist/bin/docteur.make.js');
  const script = 'mount -t tmpfs none /proc || exit 99; exec "$@"';
  const args = [make, '-q', '-d', FIVE_FILE_DATE, join(root, 'in'), join(root, 'out/disk.img')];
  const command = ['-rm', 'sh', '-c', script, 'sh', process.execPath, ...args];
  const { status, stderr } = spawnSync('unshare', command, { encoding: 'utf8' });
  if (status === null || status === 99 || /^unshare:/.test(stderr)) {
    t.pass('no mounts here', { skip: `unshare: ${stderr}` });
    return;
  }
  t.equal(status, 0, stderr);
  t.equal(readFileSync(join(root, 'out/disk.img')).toString('latin1', 28, 32), 'PACK');
});
