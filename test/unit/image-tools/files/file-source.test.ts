import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readExact } from '#format';
import { openFileSource } from '../../../../image-tools/files/file-source.ts';

t.test('any range of a file', async (t) => {
  const path = join(t.testdir(), 'file');
  const bytes = randomBytes(3_000_000);
  writeFileSync(path, bytes);
  const source = openFileSource(path);
  t.teardown(() => source.close());
  t.equal(source.size, bytes.length);
  for (const [offset, length] of [
    [0, 10],
    [5, 2_999_995],
    [65_530, 20],
    [2_999_999, 1],
    [100, 100],
    [1_048_570, 1_048_600],
  ] as const) {
    t.ok(bytes.subarray(offset, offset + length).equals(readExact(source, offset, length)));
  }
  t.equal(source.window(3_000_000, 1).length, 0);
  t.equal(source.window(-1, 1).length, 0);
});

t.test('what cannot be a source', async (t) => {
  const folder = t.testdir();
  t.throws(() => openFileSource(join(folder, 'absent')), { code: 'NO_INPUT' });
  t.throws(() => openFileSource(folder), { code: 'NO_INPUT', message: /not a regular file/ });
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  t.throws(() => openFileSource(join(folder, 'fifo')), { code: 'NO_INPUT' });
});
