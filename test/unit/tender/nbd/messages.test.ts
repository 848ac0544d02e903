import fc from 'fast-check';
import t from 'tap';
import { encodeBlockSizes } from '../../../../tender/nbd/block-size-info.ts';
import { encodeBlockStatus } from '../../../../tender/nbd/block-status.ts';
import { encodeDataChunk } from '../../../../tender/nbd/chunk.ts';
import { encodeErrorChunk } from '../../../../tender/nbd/error-chunk.ts';
import { decodeExportInfo, encodeExportInfo } from '../../../../tender/nbd/export-info.ts';
import { encodeExportNameReply } from '../../../../tender/nbd/export-name-reply.ts';
import { decodeClientFlags, encodeGreeting } from '../../../../tender/nbd/greeting.ts';
import { decodeInfoRequest, encodeInfoRequest } from '../../../../tender/nbd/info-request.ts';
import { encodeListEntry } from '../../../../tender/nbd/list-entry.ts';
import { encodeMetaContext } from '../../../../tender/nbd/meta-context.ts';
import {
  decodeMetaContextRequest,
  encodeMetaContextRequest,
} from '../../../../tender/nbd/meta-context-request.ts';
import { MAX_STRING } from '../../../../tender/nbd/numbers.ts';
import { decodeOptionReply, encodeOptionReply } from '../../../../tender/nbd/option-reply.ts';
import { decodeOptionRequest, encodeOptionRequest } from '../../../../tender/nbd/option-request.ts';
import { decodeRequest, encodeRequest } from '../../../../tender/nbd/request.ts';
import { encodeSimpleReply } from '../../../../tender/nbd/simple-reply.ts';
import { decodeU64, encodeU64 } from '../../../../tender/nbd/u64.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const text = fc.string({ maxLength: 60 });
const cookie = { high: 0x01020304, low: 0x05060708 };

t.test('what a server says is what the protocol describes, byte by byte', async (t) => {
  t.equal(hex(encodeGreeting()), '4e42444d4147494349484156454f50540003');
  t.equal(
    hex(encodeOptionReply(7, 0x80000001, Buffer.from('no'))),
    '0003e889045565a90000000780000001000000026e6f',
  );
  t.equal(hex(encodeExportInfo({ size: 2 ** 33 + 512, flags: 0x103 })), '000000000002000002000103');
  t.equal(
    hex(encodeBlockSizes({ minimum: 1, preferred: 4096, maximum: 1 << 25 })),
    '0003000000010000100002000000',
  );
  t.equal(hex(encodeListEntry('a', 'bc')), '00000001616263');
  t.equal(hex(encodeMetaContext(1, 'x:y')), '00000001783a79');
  t.equal(hex(encodeExportNameReply({ size: 512, flags: 3 }, true)), '00000000000002000003');
  t.equal(encodeExportNameReply({ size: 512, flags: 3 }, false).length, 134);
  const simple = Buffer.alloc(16);
  encodeSimpleReply(simple, 0, 22, cookie);
  t.equal(hex(simple), '67446698000000160102030405060708');
  const chunk = Buffer.alloc(28);
  encodeDataChunk(chunk, 0, true, cookie, 1024, 512);
  t.equal(hex(chunk), '668e33ef000100010102030405060708000002080000000000000400');
  t.equal(
    hex(encodeBlockStatus(cookie, 1, [{ length: 512, flags: 0 }])),
    '668e33ef0001000501020304050607080000000c000000010000020000000000',
  );
  t.equal(
    hex(encodeErrorChunk(cookie, 5, 'no')),
    `668e33ef00018001010203040506070800000008000000050002${hex(Buffer.from('no'))}`,
  );
});

t.test('client flags: those that exist, and no others', async (t) => {
  const flags = (value: number) => decodeClientFlags(Buffer.from([0, 0, 0, value]));
  t.same(flags(3), { noZeroes: true });
  t.same(flags(1), { noZeroes: false });
  t.equal(flags(4), undefined);
});

t.test('pairs of codecs', async (t) => {
  fc.assert(
    fc.property(u32, fc.uint8Array({ maxLength: 40 }), (option, data) => {
      const bytes = encodeOptionRequest(option, data);
      t.same(decodeOptionRequest(bytes), { option, length: data.length });
    }),
  );
  fc.assert(
    fc.property(u32, u32, fc.uint8Array({ maxLength: 40 }), (option, type, data) => {
      const bytes = encodeOptionReply(option, type, data);
      t.same(decodeOptionReply(bytes), { option, type, length: data.length });
    }),
  );
  fc.assert(
    fc.property(text, fc.array(u16, { maxLength: 9 }), (name, infos) => {
      t.same(decodeInfoRequest(encodeInfoRequest({ name, infos })), { name, infos });
    }),
  );
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 9 }), (name, queries) => {
      t.same(decodeMetaContextRequest(encodeMetaContextRequest({ name, queries })), {
        name,
        queries,
      });
    }),
  );
  fc.assert(
    fc.property(
      u16,
      u16,
      u32,
      u32,
      fc.maxSafeNat(),
      u32,
      (flags, type, high, low, offset, length) => {
        const request = { flags, type, high, low, offset, length };
        t.same(decodeRequest(encodeRequest(request)), request);
      },
    ),
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), u16, (size, flags) => {
      t.same(decodeExportInfo(encodeExportInfo({ size, flags })), { size, flags });
    }),
  );
});

t.test('what is not meant so is undefined', async (t) => {
  t.equal(decodeOptionRequest(Buffer.alloc(16)), undefined);
  t.equal(decodeRequest(Buffer.alloc(28)), undefined);
  t.equal(decodeOptionReply(Buffer.alloc(20)), undefined);
  t.equal(decodeExportInfo(Buffer.alloc(11)), undefined);
  const info = encodeInfoRequest({ name: 'disk', infos: [0, 3] });
  const context = encodeMetaContextRequest({ name: 'disk', queries: ['base:allocation', 'x'] });
  for (let cut = 0; cut < info.length; cut += 1) {
    t.equal(decodeInfoRequest(info.subarray(0, cut)), undefined, `info, ${cut} bytes`);
  }
  for (let cut = 0; cut < context.length; cut += 1) {
    t.equal(decodeMetaContextRequest(context.subarray(0, cut)), undefined, `context, ${cut} bytes`);
  }
  t.equal(decodeInfoRequest(Buffer.concat([info, Buffer.alloc(1)])), undefined, 'too long');
  t.equal(decodeMetaContextRequest(Buffer.concat([context, Buffer.alloc(1)])), undefined);
  // A count of queries that the data do not hold.
  context.writeUInt32BE(0xffffffff, 8);
  t.equal(decodeMetaContextRequest(context), undefined);
  const name = 'x'.repeat(MAX_STRING);
  t.ok(decodeInfoRequest(encodeInfoRequest({ name, infos: [] })));
  t.equal(decodeInfoRequest(encodeInfoRequest({ name: `${name}x`, infos: [] })), undefined);
});

t.test('64 bits: what is no safe integer is Infinity', async (t) => {
  const bytes = Buffer.alloc(8);
  encodeU64(bytes, 0, Number.MAX_SAFE_INTEGER);
  t.equal(decodeU64(bytes, 0), Number.MAX_SAFE_INTEGER);
  bytes.writeBigUInt64BE(2n ** 53n);
  t.equal(decodeU64(bytes, 0), Number.POSITIVE_INFINITY);
  for (const value of [-1, 0.5, 2 ** 53]) t.throws(() => encodeU64(bytes, 0, value), RangeError);
});
