import fc from 'fast-check';
import t from 'tap';
import {
  decodePackHeader,
  decodeSuperblock,
  encodePackHeader,
  encodeSuperblock,
  paddingAfter,
} from '#format';

t.test('superblocks come back', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.maxSafeNat(),
      (commit, idxOffset) => {
        const bytes = encodeSuperblock({ commit, idxOffset });
        t.equal(bytes.length, 28);
        t.strictSame(decodeSuperblock(bytes), { commit, idxOffset });
      },
    ),
  );
  t.throws(() => decodeSuperblock(new Uint8Array(27)), { code: 'TRUNCATED' });
  t.throws(() => decodeSuperblock(new Uint8Array(28).fill(255)), { code: 'LIMIT' });
});

t.test('PACK headers come back', async (t) => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (count) => decodePackHeader(encodePackHeader(count)) === count),
  );
  const header = encodePackHeader(1);
  t.throws(() => decodePackHeader(header.subarray(0, 11)), { code: 'TRUNCATED' });
  t.throws(() => decodePackHeader(header.with(0, 0)), { code: 'BAD_PACK' });
  t.throws(() => decodePackHeader(header.with(7, 3)), { code: 'BAD_PACK' });
});

t.test('padding: an aligned end still gets a whole block', async (t) => {
  t.equal(paddingAfter(511, 512), 1);
  t.equal(paddingAfter(512, 512), 512);
  t.equal(paddingAfter(513, 512), 511);
  t.equal((5_000_000_000 + paddingAfter(5_000_000_000, 4096)) % 4096, 0);
});
