import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { checkInflatedSize, createInflater, memorySource } from '#format';

const inflater = createInflater();

t.test('any bytes give FormatError or an answer', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(100), (bytes, size) => {
      try {
        inflater.inflate(
          memorySource(Uint8Array.of(0x78, 0x9c, ...bytes)),
          0,
          new Uint8Array(size),
        );
      } catch (error) {
        return (error as Error).name === 'FormatError';
      }
      return true;
    }),
  );
});

t.test('impossible sizes are refused before they cost', async (t) => {
  t.throws(() => checkInflatedSize(2 ** 40, 1000), { code: 'BAD_ZLIB' });
  checkInflatedSize(1_000_000, deflateSync(Buffer.alloc(1_000_000), { level: 9 }).length);
});
