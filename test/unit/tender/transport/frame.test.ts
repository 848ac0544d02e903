import fc from 'fast-check';
import t from 'tap';
import {
  decodeFrameHeader,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
} from '../../../../tender/transport/frame.ts';

t.test('headers of frames come back', async (t) => {
  const u32 = fc.nat(0xffffffff);
  const header = fc.record(
    {
      kind: u32,
      length: u32,
      id: u32,
      device: u32,
      queue: u32,
      wanted: u32,
      back: u32,
      delay: fc.double(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(header, (header) => {
      const bytes = new DataView(new ArrayBuffer(FRAME_HEADER_BYTES));
      encodeFrameHeader(bytes, header);
      t.strictSame(decodeFrameHeader(bytes), header);
    }),
  );
});
