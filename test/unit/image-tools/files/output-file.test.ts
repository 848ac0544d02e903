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
