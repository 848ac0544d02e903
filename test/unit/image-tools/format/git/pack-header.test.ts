import fc from 'fast-check';
import t from 'tap';
import { decodePackHeader, encodePackHeader, PACK_HEADER_SIZE } from '#format';

t.test('headers come back', async () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (count) => decodePackHeader(encodePackHeader(count)) === count),
  );
});

t.test('malformed headers', async (t) => {
  const sound = encodePackHeader(7);
  for (let length = 0; length < PACK_HEADER_SIZE; length++) {
    t.throws(() => decodePackHeader(sound.subarray(0, length)), { code: 'TRUNCATED' });
  }
  for (let at = 0; at < 8; at++) {
    const bad = sound.slice();
    bad[at] = (bad[at] as number) ^ 1;
    t.throws(() => decodePackHeader(bad), { code: 'BAD_PACK' }, `byte ${at}`);
  }
});
