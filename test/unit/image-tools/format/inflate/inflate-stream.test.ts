import { deflateSync } from 'node:zlib';
import t from 'tap';
import { openInflateStream } from '#format';
import { steppingSource } from '../../../../contract/inflater.ts';
import { Random } from '../../../../fuzz/random.ts';

const random = new Random(4);
const content = Buffer.from(Array.from({ length: 400_000 }, () => random.below(20) + 65));
const compressed = deflateSync(content);

t.test('gives the bytes in pieces of any size', async (t) => {
  for (const step of [1000, 1 << 20]) {
    const take = openInflateStream(steppingSource(compressed, step), 0, content.length);
    let at = 0;
    while (at < content.length) {
      const out = new Uint8Array(Math.min(random.below(9000), content.length - at));
      take(out);
      if (Buffer.compare(out, content.subarray(at, at + out.length)) !== 0) t.fail(`at ${at}`);
      at += out.length;
    }
    t.equal(at, content.length);
  }
});

t.test('streams stand side by side', async (t) => {
  const one = openInflateStream(steppingSource(compressed, 900), 0, content.length);
  const two = openInflateStream(steppingSource(compressed, 900), 0, content.length);
  const out = new Uint8Array(150_000);
  one(out);
  two(out);
  one(out);
  t.ok(content.subarray(150_000, 300_000).equals(out));
});

t.test('an empty stream is checked by an empty piece', async (t) => {
  openInflateStream(steppingSource(deflateSync(''), 1), 0, 0)(new Uint8Array(0));
  const damaged = deflateSync('');
  damaged[damaged.length - 1] = 0xff;
  const take = openInflateStream(steppingSource(damaged, 1), 0, 0);
  t.throws(() => take(new Uint8Array(0)), { code: 'BAD_ZLIB' });
});

t.test('checks the end with the last bytes', async (t) => {
  const out = new Uint8Array(content.length);
  const open = (bytes: Uint8Array, size: number) =>
    openInflateStream(steppingSource(bytes, 5000), 0, size);
  for (const cut of [1, 4, 5]) {
    const cutShort = compressed.subarray(0, -cut);
    t.throws(() => open(cutShort, content.length)(out), { code: 'TRUNCATED' });
  }
  const wrongSum = Buffer.from(compressed);
  wrongSum[wrongSum.length - 1] = (compressed.at(-1) as number) ^ 1;
  t.throws(() => open(wrongSum, content.length)(out), { code: 'BAD_ZLIB' });
  t.throws(() => open(compressed, content.length - 1)(out.subarray(1)), { code: 'BAD_ZLIB' });
  const longer = open(compressed, content.length + 1);
  t.throws(() => longer(new Uint8Array(content.length + 1)), { code: 'BAD_ZLIB' });
});
