// The files that are written, and where: nobody else may enter there, and nothing that is there is opened.
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../../../guest/reader/index.ts';
import { withStaging } from '../../../../image-tools/files/staging.ts';
import { FileBatch, taskAt } from '../../../../image-tools/look/extract/file-batch.ts';
import { WHOLE_SIZE, writeSome } from '../../../../image-tools/look/extract/write-files.ts';
import { manyPaths } from '../../../fixtures/bombs.ts';

const { nodes } = mount(memorySource(manyPaths(1)));

function write(location: string, target: string, size?: number): void {
  const batch = new FileBatch();
  const node = nodes.find('5');
  batch.add({
    source: Buffer.from('5'),
    target: Buffer.from(target),
    executable: true,
    place: nodes.place(node),
    id: nodes.id(node),
    size,
  });
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

t.test('whole, in pieces, and where the size is not known', async (t) => {
  const folder = t.testdir({});
  for (const size of [5, WHOLE_SIZE + 1, undefined]) {
    write(folder, `of ${size}`, size);
    t.equal(readFileSync(join(folder, `of ${size}`), 'utf8'), 'boom\n');
  }
});

t.test('files are taken out in the order of their places, beyond 2^37 too', async (t) => {
  const batch = new FileBatch();
  const places = [700_000, 2 ** 45, 300_000, 2 ** 45, 1_200_000, 2 ** 38, 700_000];
  const task = (place: number, i: number) => ({
    source: Buffer.from(`source ${i}`),
    target: Buffer.from(`${i}`.repeat(0x8000)),
    executable: i % 2 === 0,
    place,
    id: Buffer.alloc(20, i),
    size: i === 3 ? undefined : i,
  });
  for (let round = 0; round < 2; round++) {
    for (const [i, place] of places.entries()) batch.add(task(place, i));
    const tasks = batch.take();
    t.equal(batch.count, 0);
    const order = Array.from({ length: tasks.count }, (_, i) => taskAt(tasks, i));
    const sorted = [...places.entries()].sort(([, a], [, b]) => a - b);
    t.same(
      order.map(({ place }) => place),
      sorted.map(([, place]) => place),
    );
    for (const found of order) {
      const i = Number(Buffer.from(found.source).toString().slice(7));
      const wanted = task(places[i] as number, i);
      t.ok(wanted.source.equals(found.source) && wanted.target.equals(found.target));
      t.ok(wanted.id.equals(found.id as Uint8Array) && found.size === wanted.size);
      t.equal(found.executable, wanted.executable);
    }
  }
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
