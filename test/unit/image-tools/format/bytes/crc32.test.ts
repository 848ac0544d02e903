import { randomBytes } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import t from 'tap';
import { crc32 } from '#format';

t.test('is that of zlib, at any alignment', async (t) => {
  const bytes = randomBytes(5000);
  for (let start = 0; start < 9; start++) {
    for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 4096]) {
      const part = bytes.subarray(start, start + length);
      t.equal(crc32(bytes, start, start + length), zlibCrc32(part), `${start} ${length}`);
      t.equal(crc32(part), zlibCrc32(part));
    }
  }
  t.equal(crc32(Buffer.from('123456789')), 0xcbf43926, 'the check value of the algorithm');
});
