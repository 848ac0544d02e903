import t from 'tap';
import {
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  MAX_LENGTH,
} from '../../../../tender/fetcher/wire.ts';

t.test('requests, there and back', async (t) => {
  const size = 2 ** 41;
  for (const offset of [0, 512, 2 ** 32 - 512, 2 ** 32, 2 ** 40 + 1]) {
    const request = { id: 2 ** 32 - 1, offset, length: MAX_LENGTH };
    t.same(decodeRequest(encodeRequest(request), size), request);
  }
});

t.test('what is no request', async (t) => {
  const size = 1 << 20;
  const decoded = (offset: number, length: number) =>
    decodeRequest(encodeRequest({ id: 1, offset, length }), size);
  t.ok(decoded(size - 1, 1));
  t.equal(decoded(size, 1), undefined, 'behind the image');
  t.equal(decoded(size - 1, 2), undefined, 'across its end');
  t.equal(decoded(0, 0), undefined, 'of nothing');
  const large = encodeRequest({ id: 1, offset: 0, length: MAX_LENGTH + 1 });
  t.equal(decodeRequest(large, 2 ** 40), undefined, 'too long');
  t.equal(decodeRequest(new Uint8Array(16).fill(0xff), 2 ** 53 - 1), undefined, 'beyond 2^53');
});

t.test('replies', async (t) => {
  const reply = { id: 7, status: 1, length: 4096 };
  const { buffer, byteOffset, byteLength } = encodeReply(reply);
  t.same(decodeReply(new DataView(buffer, byteOffset, byteLength)), reply);
});
