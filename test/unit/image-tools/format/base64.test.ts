import fc from 'fast-check';
import t from 'tap';
import { decodeBase64 } from '../../../../image-tools/format/wasm/base64.ts';

t.test('gives back what Node encodes', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
      Buffer.from(bytes).equals(decodeBase64(Buffer.from(bytes).toString('base64'))),
    ),
  );
});
