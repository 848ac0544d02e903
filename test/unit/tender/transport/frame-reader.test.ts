import fc from 'fast-check';
import t from 'tap';
import { encodeFrameHeader, FRAME_HEADER_BYTES } from '../../../../tender/transport/frame.ts';
import { FrameReader } from '../../../../tender/transport/frame-reader.ts';
import { collectGarbage } from '../../../fixtures/garbage.ts';

function frame(id: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const header = { kind: 3, id, delay: id * 2 ** 40, length: payload.length };
  encodeFrameHeader(new DataView(bytes.buffer), header);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

t.test('frames come out as they went in, however the stream is cut', async (t) => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 });
  let frames = 0;
  const property = fc.property(payloads, cuts, (list, sizes) => {
    const stream = Buffer.concat(list.map((payload, id) => frame(id, payload)));
    const reader = new FrameReader(() => 200);
    const found: Uint8Array[] = [];
    for (let at = 0, turn = 0; at < stream.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      reader.push(stream.subarray(at, at + size));
      at += size;
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        if (next.header.id !== found.length) throw new Error('out of order');
        if (next.header.delay !== next.header.id * 2 ** 40) throw new Error('another delay');
        found.push(next.payload);
      }
    }
    frames += found.length;
    return Buffer.concat(found).equals(Buffer.concat(list)) && found.length === list.length;
  });
  fc.assert(property, { numRuns: 300 });
  t.ok(frames > 300);
});

t.test('a payload that is longer than allowed is refused before it is waited for', async (t) => {
  const reader = new FrameReader(() => 100);
  reader.push(frame(1, new Uint8Array(101)).subarray(0, FRAME_HEADER_BYTES));
  t.throws(() => reader.next(), RangeError);
});

t.test('a frame that comes byte by byte is held once', async (t) => {
  const length = 1 << 18;
  const bytes = frame(1, new Uint8Array(length));
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const reader = new FrameReader(() => length);
  reader.push(bytes.subarray(0, FRAME_HEADER_BYTES));
  for (let at = 1; at < length; at += 1) {
    reader.push(new Uint8Array(1));
    if (reader.next() !== undefined) t.fail('too soon');
  }
  collectGarbage();
  const held = process.memoryUsage().heapUsed - before;
  t.ok(held < 4 * 2 ** 20, `${held} bytes of heap for ${length}`);
  reader.push(new Uint8Array(1));
  t.equal(reader.next()?.payload.length, length);
});
