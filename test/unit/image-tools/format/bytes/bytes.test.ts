import fc from 'fast-check';
import t from 'tap';
import {
  compareBytes,
  decodeLatin1,
  decodeU32BE,
  decodeU64BE,
  decodeU64LE,
  encodeAscii,
  encodeU32BE,
  encodeU64BE,
  encodeU64LE,
  equalBytes,
} from '#format';

t.test('32-bit integers come back, and match DataView', async (t) => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(8), (value, at) => {
      const bytes = new Uint8Array(at + 4);
      encodeU32BE(bytes, at, value);
      t.equal(new DataView(bytes.buffer).getUint32(at), value);
      return decodeU32BE(bytes, at) === value;
    }),
  );
});

t.test('64-bit integers come back, and match DataView', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const big = new Uint8Array(8);
      encodeU64BE(big, 0, value);
      t.equal(new DataView(big.buffer).getBigUint64(0), BigInt(value));
      const little = new Uint8Array(8);
      encodeU64LE(little, 0, value);
      t.equal(new DataView(little.buffer).getBigUint64(0, true), BigInt(value));
      return decodeU64BE(big, 0) === value && decodeU64LE(little, 0) === value;
    }),
  );
});

t.test('64-bit integers beyond 2^53-1 are refused', async (t) => {
  t.throws(() => decodeU64BE(Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0), 0), { code: 'LIMIT' });
  t.throws(() => decodeU64LE(new Uint8Array(8).fill(255), 0), { code: 'LIMIT' });
});

t.test('reads past the end are refused', async (t) => {
  t.throws(() => decodeU32BE(new Uint8Array(4), 1), { code: 'TRUNCATED' });
  t.throws(() => decodeU64LE(new Uint8Array(8), 1), { code: 'TRUNCATED' });
  t.throws(() => decodeU64BE(new Uint8Array(8), -1), { code: 'TRUNCATED' });
});

t.test('comparing is as Buffer.compare does', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
      const expected = Buffer.compare(a, b);
      return Math.sign(compareBytes(a, b)) === expected && equalBytes(a, b) === (expected === 0);
    }),
  );
});

t.test('text of bytes is lossless', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9000, size: 'max' }), (bytes) =>
      equalBytes(encodeAscii(decodeLatin1(bytes)), bytes),
    ),
    { numRuns: 20 },
  );
  t.equal(decodeLatin1(Uint8Array.of(0x41, 0xff)), 'A\xff');
});
