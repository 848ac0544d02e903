import { randomBytes } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import t from 'tap';
import { deflatePieces } from '../../../../image-tools/pack/deflate.ts';

t.test('pieces become one zlib stream, checksum included', async (t) => {
  const samples = [
    [],
    [Buffer.from('x')],
    [Buffer.alloc(100_000, 'text '), randomBytes(70_000), Buffer.alloc(5)],
    Array.from({ length: 20 }, () => Buffer.alloc(6000, 0xff)),
  ];
  for (const pieces of samples) {
    for (const level of [0, 6, 9]) {
      const stream = Buffer.concat([...deflatePieces(pieces, level)]);
      t.ok(inflateSync(stream).equals(Buffer.concat(pieces)));
    }
  }
});
