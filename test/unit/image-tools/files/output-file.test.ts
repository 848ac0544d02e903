import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mountPoints } from '../../../../image-tools/files/mount-point.ts';
import { replaceFile } from '../../../../image-tools/files/output-file.ts';

t.test('a file is replaced as a whole', async (t) => {
  const folder = t.testdir({ old: 'old' });
  const path = join(folder, 'old');
  await replaceFile(path, (fd) => {
    writeSync(fd, 'new');
    t.equal(readFileSync(path, 'utf8'), 'old', 'until the end');
    t.equal(readdirSync(folder).length, 2);
  });
  t.equal(readFileSync(path, 'utf8'), 'new');
  await replaceFile(join(folder, 'another'), (fd) => void writeSync(fd, 'x'));
  t.strictSame(readdirSync(folder), ['another', 'old']);
});

t.test('a failure leaves the old file and no litter', async (t) => {
  const folder = t.testdir({ old: 'old' });
  const failure = new Error('stop');
  await t.rejects(
    replaceFile(join(folder, 'old'), (fd) => {
      writeSync(fd, 'new');
      throw failure;
    }),
    failure,
  );
  t.strictSame(readdirSync(folder), ['old']);
  t.equal(readFileSync(join(folder, 'old'), 'utf8'), 'old');
});

t.test('a link stays, the file behind it is replaced', async (t) => {
  const folder = t.testdir({ real: { file: 'old' } });
  symlinkSync('real/file', join(folder, 'link'));
  await replaceFile(join(folder, 'link'), (fd) => void writeSync(fd, 'new'));
  t.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
  t.equal(readFileSync(join(folder, 'real/file'), 'utf8'), 'new');
});

t.test('a link to nothing stays, the file behind it is made', async (t) => {
  const folder = t.testdir({ real: {}, links: {} });
  symlinkSync('../real/file', join(folder, 'links/first'));
  symlinkSync('links/first', join(folder, 'link'));
  await replaceFile(join(folder, 'link'), (fd) => void writeSync(fd, 'new'));
  t.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
  t.equal(readFileSync(join(folder, 'real/file'), 'utf8'), 'new');
  symlinkSync('absent/file', join(folder, 'nowhere'));
  await t.rejects(
    replaceFile(join(folder, 'nowhere'), () => t.fail()),
    { code: 'CANNOT_CREATE' },
  );
});

t.test('who could not read the old file cannot read the new one', async (t) => {
  const folder = t.testdir({ private: 'old' });
  const path = join(folder, 'private');
  for (const mode of [0o600, 0o640, 0o444]) {
    chmodSync(path, mode);
    await replaceFile(path, (fd) => {
      writeSync(fd, 'new');
      const temporary = readdirSync(folder).find((name) => name !== 'private') as string;
      t.equal(statSync(join(folder, temporary)).mode & 0o077, 0, 'nor while it is written');
    });
    t.equal(statSync(path).mode & 0o777, mode);
  }
});

t.test('places where no file can be', async (t) => {
  const folder = t.testdir({ file: '' });
  mkdirSync(join(folder, 'folder'));
  const never = () => {
    t.fail('nothing to write');
  };
  for (const path of ['folder', 'absent/file', 'file/below', 'x/', '']) {
    await t.rejects(replaceFile(path === '' ? '' : `${folder}/${path}`, never), {
      code: 'CANNOT_CREATE',
    });
  }
  await t.rejects(replaceFile('/dev/null', never), { code: 'CANNOT_CREATE' });
  writeFileSync(join(folder, 'long'), '');
  await t.rejects(replaceFile(join(folder, 'n'.repeat(300)), never), { code: 'CANNOT_CREATE' });
  t.notOk(existsSync(join(folder, 'absent')));
});

t.test('names as long as there can be, of characters of one to four bytes', async (t) => {
  const folder = t.testdir();
  for (const character of ['a', 'é', '文', '🐫']) {
    const name = character.repeat(Math.floor(255 / Buffer.byteLength(character)));
    await replaceFile(join(folder, name), (fd) => void writeSync(fd, 'new'));
    t.equal(readFileSync(join(folder, name), 'utf8'), 'new');
  }
  t.equal(readdirSync(folder).length, 4);
});

t.test('mount points, as the kernel lists them', async (t) => {
  const table = [
    '22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/root rw',
    '36 22 98:0 /host\\040file /out/my\\040disk\\134.img rw master:1 - ext3 /dev/root rw',
    '',
  ].join('\n');
  t.strictSame(mountPoints(table), ['/', '/out/my disk\\.img']);
});

t.test('a file that is mounted by itself is refused before the work', async (t) => {
  const folder = t.testdir({ source: { a: 'hello' }, host: '', out: { 'disk.img': '' } });
  const make = join(import.meta.dirname, '../../../../dist/bin/docteur.make.js');
  const script = `mount --bind "$1/host" "$1/out/disk.img" || exit 99
    mkfifo "$1/source/fifo" && exec "$2" "$3" "$1/source" "$1/out/disk.img"`;
  const args = ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, make];
  const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  if (status === null || status === 99 || /^unshare:/.test(stderr)) {
    t.pass('no mounts here', { skip: `unshare: ${stderr}` });
    return;
  }
  t.equal(status, 73);
  t.notMatch(stderr, /skipped: a FIFO/, 'nothing was read');
  t.match(stderr, /disk\.img: cannot be replaced: this file is a mount point; mount its folder/);
  t.strictSame(readdirSync(join(folder, 'out')), ['disk.img']);
});
