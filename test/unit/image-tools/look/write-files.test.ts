// The files that are written, and where: nobody else may enter there, and nothing that is there is opened.
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../../../guest/reader/index.ts';
import { FileBatch } from '../../../../image-tools/look/extract/file-batch.ts';
import { withStaging } from '../../../../image-tools/look/extract/staging.ts';
import { writeSome } from '../../../../image-tools/look/extract/write-files.ts';
import { manyPaths } from '../../../fixtures/bombs.ts';

const { nodes } = mount(memorySource(manyPaths(1)));

function write(location: string, target: string): void {
  const batch = new FileBatch();
  batch.add({ source: Buffer.from('5'), target: Buffer.from(target), executable: true }, 1);
  const options = { location: Buffer.from(location), time: 1_500_000_000, maxBytes: 100 };
  while (writeSome(nodes, batch.take(), options, new Float64Array(2)));
}

t.test('a new file', async (t) => {
  const folder = t.testdir({});
  write(folder, 'new');
  t.equal(readFileSync(join(folder, 'new'), 'utf8'), 'boom\n');
  const { mode, mtimeMs } = statSync(join(folder, 'new'));
  t.equal(mode & 0o777, 0o755 & ~process.umask());
  t.equal(mtimeMs, 1_500_000_000_000);
});

t.test('a file, a link to one and a dangling link stay as they are', async (t) => {
  const folder = t.testdir({ there: 'mine', other: 'mine too' });
  symlinkSync('other', join(folder, 'link'));
  symlinkSync('absent', join(folder, 'dangling'));
  for (const name of ['there', 'link', 'dangling']) {
    t.throws(() => write(folder, name), { code: 'REFUSED', message: /^5: another entry/ }, name);
  }
  t.equal(readFileSync(join(folder, 'there'), 'utf8'), 'mine');
  t.equal(readFileSync(join(folder, 'other'), 'utf8'), 'mine too');
  t.throws(() => statSync(join(folder, 'absent')));
});

t.test('nobody else may enter the staging folder', async (t) => {
  const folder = t.testdir({});
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  await withStaging(folder, async (_, staging) => {
    t.equal(Number(staging.statSelf().mode) & 0o777, 0o700);
  });
  mkdirSync(join(folder, 'x'));
  writeFileSync(join(folder, 'x/file'), '');
  await t.rejects(
    withStaging(join(folder, 'x/file'), async () => {}),
    { code: 'CANNOT_CREATE' },
  );
});
