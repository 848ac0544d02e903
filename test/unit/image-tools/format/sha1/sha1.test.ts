import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { newSha1 } from '#format';

t.test('gives what node:crypto gives, however the bytes are cut', async () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (pieces) => {
      const ours = newSha1();
      const theirs = createHash('sha1');
      for (const piece of pieces) {
        ours.update(piece);
        theirs.update(piece);
      }
      return theirs.digest().equals(ours.digest());
    }),
  );
});

t.test('every length around the block size', async (t) => {
  for (let length = 0; length < 200; length++) {
    const bytes = Buffer.alloc(length, 'abc');
    const hash = newSha1();
    hash.update(bytes);
    t.equal(
      Buffer.from(hash.digest()).toString('hex'),
      createHash('sha1').update(bytes).digest('hex'),
    );
  }
});

t.test('longer than what is hashed at once, and side by side', async (t) => {
  const bytes = randomBytes(200_000);
  const [one, two] = [newSha1(), newSha1()];
  one.update(bytes.subarray(0, 17));
  two.update(bytes);
  one.update(bytes.subarray(17, 99_999));
  one.update(bytes.subarray(99_999));
  const expected = createHash('sha1').update(bytes).digest();
  t.ok(expected.equals(one.digest()));
  t.ok(expected.equals(two.digest()));
});

t.test('two pieces at once, with room for the padding and without', async (t) => {
  const bytes = randomBytes(40_000);
  const lengths = [
    0, 1, 54, 55, 56, 63, 64, 119, 8191, 8192, 32_700, 32_759, 32_760, 32_768, 40_000,
  ];
  for (const length of lengths) {
    const message = bytes.subarray(0, length);
    const cut = Math.min(length, 7);
    const actual = newSha1.ofBoth?.(message.subarray(0, cut), message.subarray(cut));
    t.strictSame(
      Buffer.from(actual ?? []),
      createHash('sha1').update(message).digest(),
      `${length}`,
    );
  }
});
