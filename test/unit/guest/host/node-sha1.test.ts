import { createHash, randomBytes } from 'node:crypto';
import t from 'tap';
import { newNodeSha1 } from '../../../../guest/host/node-sha1.ts';

t.test('the hash of two pieces is that of a running hash', async (t) => {
  const head = Buffer.from('blob 7\0');
  for (const size of [0, 1, 100, 0x10000 - head.length, 0x10000, 0x20000]) {
    const tail = randomBytes(size);
    const expected = new Uint8Array(createHash('sha1').update(head).update(tail).digest());
    const running = newNodeSha1();
    running.update(head);
    running.update(tail);
    t.strictSame(new Uint8Array(newNodeSha1.ofBoth?.(head, tail) ?? []), expected, `${size} bytes`);
    t.strictSame(new Uint8Array(running.digest()), expected, `${size} bytes`);
  }
});
