import type { Socket } from 'node:net';
import t from 'tap';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import type { HttpLimits } from '../../../../../tender/block/remote/http/limits.ts';
import { openImageDevice } from '../../../../../tender/block/remote/open-image-device.ts';
import { encodeExportInfo } from '../../../../../tender/nbd/export-info.ts';
import { Option, OptionReply } from '../../../../../tender/nbd/numbers.ts';
import { encodeOptionReply } from '../../../../../tender/nbd/option-reply.ts';
import type { Request } from '../../../../../tender/nbd/request.ts';
import { type NbdLies, serveNbdImage, simpleReply } from '../../../../fixtures/nbd-server.ts';
import { Random } from '../../../../fuzz/random.ts';

const IMAGE = Buffer.from(new Random(2).bytes(1 << 20));
const SMALL: Partial<HttpLimits> = { line: 4096, cache: 16_384 };

async function readAt(device: BlockDevice, offset: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length);
  await device.read(offset, [into]);
  return into;
}

t.test('replies in any order, blocks of any size, requests no longer than allowed', async (t) => {
  const lengths: number[] = [];
  const late: [Request, Socket, Buffer][] = [];
  const lies: NbdLies = {
    minimum: 8192,
    maximum: 65_536,
    answer(request, socket, data) {
      lengths.push(request.length);
      t.equal(request.offset % 8192, 0);
      late.push([request, socket, Buffer.from(data)]);
      setImmediate(() => {
        for (const [one, to, bytes] of late.splice(0).reverse()) to.write(simpleReply(one, bytes));
      });
    },
  };
  const device = await openImageDevice(await serveNbdImage(t, IMAGE, lies), 512, { limits: SMALL });
  t.equal(device.capacity, IMAGE.length / 512);
  const places = [
    [512, 512],
    [0, 1 << 20],
    [500_224, 40_960],
    [1_048_064, 512],
  ] as const;
  const all = await Promise.all(places.map(([offset, length]) => readAt(device, offset, length)));
  for (const [i, [offset, length]] of places.entries()) {
    t.ok(all[i]?.equals(IMAGE.subarray(offset, offset + length)), `${offset}`);
  }
  t.ok(lengths.every((length) => length <= 65_536));
  device.close();
  await t.rejects(async () => device.read(0, [new Uint8Array(512)]), { name: 'HostError' });
});

const reply = (type: number, data?: Buffer) => encodeOptionReply(Option.GO, type, data);
const size = (bytes: number) =>
  reply(OptionReply.INFO, encodeExportInfo({ size: bytes, flags: 3 }));
const ack = reply(OptionReply.ACK);

const blocks = (minimum: number, maximum: number) => {
  const data = Buffer.alloc(14);
  data.writeUInt16BE(3, 0);
  data.writeUInt32BE(minimum, 2);
  data.writeUInt32BE(4096, 6);
  data.writeUInt32BE(maximum, 10);
  return reply(OptionReply.INFO, data);
};
const huge = Buffer.from(ack);
huge.writeUInt32BE(0xffff_ffff, 16);
const beyond = size(0);
beyond.fill(0xff, 22, 30);

const LIES: Record<string, [lies: NbdLies, message: RegExp]> = {
  'another protocol': [
    { greeting: Buffer.from('SSH-2.0-OpenSSH_9.2 and more') },
    /does not speak NBD/,
  ],
  'a dialect without options': [
    { greeting: Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), Buffer.alloc(2)]) },
    /does not speak NBD/,
  ],
  'a reply to another option': [
    { go: encodeOptionReply(Option.LIST, OptionReply.ACK) },
    /option 3, not/,
  ],
  'no reply': [{ go: Buffer.alloc(20) }, /no reply of NBD/],
  'a reply of 4 GiB': [{ go: huge }, /announces a reply of 4294967295 bytes/],
  'no size': [{ go: ack }, /does not tell the size/],
  'a size beyond 2^53': [{ go: Buffer.concat([beyond, ack]) }, /2\^53 bytes or more/],
  'no whole sectors': [{ size: 1000 }, /block aligned/],
  nothing: [{ size: 0 }, /at least 1 block/],
  'blocks of 3 bytes': [{ go: Buffer.concat([size(512), blocks(3, 4096), ack]) }, /make no sense/],
  'blocks of 128 KiB': [
    { go: Buffer.concat([size(1 << 17), blocks(1 << 17, 1 << 20), ack]) },
    /make no sense/,
  ],
  'requests shorter than a block': [
    { go: Buffer.concat([size(512), blocks(512, 0), ack]) },
    /make no sense/,
  ],
  'half a block': [{ size: 1024, minimum: 4096 }, /not whole blocks/],
  'replies without end': [
    { go: Buffer.concat(Array.from({ length: 100 }, () => size(512))) },
    /does not stop/,
  ],
  'a refusal': [
    { go: reply(OptionReply.ERR_UNKNOWN, Buffer.from('no\u001b[31m such')) },
    /no export of this name \("no \[31m such"\)/,
  ],
};
for (const [name, [lies, message]] of Object.entries(LIES)) {
  t.test(`a server that says ${name}`, async (t) => {
    const opening = serveNbdImage(t, IMAGE, lies).then((uri) => openImageDevice(uri));
    await t.rejects(opening, { name: 'TenderError', message });
  });
}

const BEHAVIOURS: Record<string, [answer: NbdLies['answer'], message: RegExp]> = {
  'replies to another request': [
    (request, socket, data) =>
      socket.write(simpleReply({ ...request, low: request.low + 7 }, data)),
    /a request that was not made/,
  ],
  'replies to another half of a cookie': [
    (request, socket, data) => socket.write(simpleReply({ ...request, high: 1 }, data)),
    /a request that was not made/,
  ],
  'replies twice': [
    (request, socket, data) => {
      socket.write(simpleReply(request, data.subarray(0, data.length)));
      socket.write(simpleReply(request, data));
    },
    /a request that was not made/,
  ],
  'sends more than was asked for': [
    (request, socket, data) => {
      socket.write(Buffer.concat([simpleReply(request, data), Buffer.alloc(512)]));
    },
    /no reply of NBD/,
  ],
  'sends a structured reply': [
    (_, socket) => socket.write(Buffer.from('668e33ef00010001'.padEnd(40, '0'), 'hex')),
    /no reply of NBD/,
  ],
  'hangs up in the middle': [
    (request, socket, data) => socket.end(simpleReply(request, data.subarray(0, 100))),
    /hung up/,
  ],
  'says nothing': [() => {}, /sent nothing for 1 s/],
  'stops in the middle': [
    (request, socket, data) => socket.write(simpleReply(request, data.subarray(0, 100))),
    /sent nothing for 1 s/,
  ],
  'cannot read': [
    (request, socket) => socket.write(simpleReply(request, Buffer.alloc(0), 5)),
    /cannot read the image: Input\/output error/,
  ],
};
for (const [name, [answer, message]] of Object.entries(BEHAVIOURS)) {
  t.test(`a server that ${name}`, async (t) => {
    const uri = await serveNbdImage(t, IMAGE, { answer } as NbdLies);
    // A second is long in one process, and short to wait for; the others must never be taken for silent.
    const idle = /nothing|stops/.test(name) ? 1000 : 60_000;
    const device = await openImageDevice(uri, 512, { limits: { ...SMALL, idle } });
    const first = readAt(device, 0, 512);
    // The one that is answered well says nothing of the next one.
    if (/twice|more/.test(name)) {
      await first;
      await t.rejects(readAt(device, 65_536, 512), { name: 'HostError', message });
    } else await t.rejects(first, { name: 'HostError', message });
    device.close();
  });
}

t.test('a server that never greets', async (t) => {
  const uri = await serveNbdImage(t, IMAGE, { greeting: Buffer.alloc(0) });
  await t.rejects(openImageDevice(uri, 512, { limits: { idle: 100 } }), {
    message: /No connection after 0.1 s/,
  });
});

t.test('no TLS is no reason to read in the clear', async (t) => {
  const uri = await serveNbdImage(t, IMAGE, {
    go: encodeOptionReply(Option.STARTTLS, OptionReply.ERR_UNSUP),
  });
  await t.rejects(openImageDevice(uri.replace('nbd+', 'nbds+')), {
    message: /The server has no TLS/,
  });
});
t.test('what comes in the clear is not taken for encrypted', async (t) => {
  const go = Buffer.concat([encodeOptionReply(Option.STARTTLS, OptionReply.ACK), size(512), ack]);
  const uri = await serveNbdImage(t, IMAGE, { go });
  await t.rejects(openImageDevice(uri.replace('nbd+', 'nbds+')), { message: /spoke before TLS/ });
});
