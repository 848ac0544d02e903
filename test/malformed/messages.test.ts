// The message transport against a guest that broke out of its runtime, and writes what it likes.
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { setTimeout as delayed, setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import {
  BLOCK_HEADER_BYTES,
  BlockRequestType,
  BlockStatus,
  encodeBlockHeader,
  parseManifest,
} from '#abi';
import { createFileDevice } from '../../tender/block/file-device.ts';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import { createVirtioBlock } from '../../tender/devices/block/virtio-block.ts';
import {
  decodeFrameHeader,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  FrameKind,
} from '../../tender/transport/frame.ts';
import { serveMessages } from '../../tender/transport/message-server.ts';
import type { Device } from '../../tender/virtio/device.ts';
import { deferred } from '../fixtures/deferred.ts';

/** Fields of 64 bits; as signed numbers, and multiplied into bytes, some of them are negative or 0. */
const SECTORS = [8n, 2n ** 32n, 2n ** 53n, 2n ** 55n, 2n ** 63n, 2n ** 64n - 8n, 2n ** 64n - 1n];

t.test('no sector outside the device is read or written, whatever its number', async (t) => {
  const image = join(t.testdir({ 'disk.img': 'x'.repeat(4096) }), 'disk.img');
  const fd = openSync(image, 'r+');
  const options = { path: image, fd, sectorSize: 512, capacity: 8, writable: true };
  const [channel, guest] = duplexPair();
  const failures: Error[] = [];
  serveMessages({
    channel,
    devices: [createVirtioBlock('docteur', createFileDevice(options))],
    onEvent: () => {},
    onFailure: (error) => failures.push(error),
  });
  for (const sector of SECTORS) {
    for (const type of [BlockRequestType.IN, BlockRequestType.OUT]) {
      const isRead = type === BlockRequestType.IN;
      const length = BLOCK_HEADER_BYTES + (isRead ? 0 : 512);
      const wanted = isRead ? 513 : 1;
      const frame = new Uint8Array(FRAME_HEADER_BYTES + length).fill(7);
      const view = new DataView(frame.buffer);
      encodeFrameHeader(view, { kind: FrameKind.REQUEST, wanted, length });
      encodeBlockHeader(view, FRAME_HEADER_BYTES, { type, sector: 0 });
      view.setBigUint64(FRAME_HEADER_BYTES + 8, sector, true);
      guest.write(frame);
      const [reply] = (await once(guest, 'data')) as [Buffer];
      const header = decodeFrameHeader(new DataView(reply.buffer, reply.byteOffset));
      t.match(header, { length: 1, back: 1 }, 'no data, and the status');
      const status = reply[FRAME_HEADER_BYTES];
      t.equal(status, BlockStatus.IOERR, `${isRead ? 'read' : 'write'} at ${sector}`);
    }
  }
  t.equal(fstatSync(fd).size, 4096);
  closeSync(fd);
  t.ok(readFileSync(image).equals(Buffer.alloc(4096, 'x')));
  t.strictSame(failures, []);
});

t.test('what is no message ends the guest, and nothing is answered any more', async (t) => {
  const frame = (header: object, payload = '') => {
    const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
    encodeFrameHeader(new DataView(bytes.buffer, bytes.byteOffset), {
      length: payload.length,
      ...header,
    });
    bytes.write(payload, FRAME_HEADER_BYTES);
    return bytes;
  };
  const bad = {
    'a length of 4 GiB': frame({ kind: FrameKind.REQUEST, length: 2 ** 32 - 1 }),
    'an unknown kind': frame({ kind: 77 }),
    'a kind of the tender': frame({ kind: FrameKind.GO }),
    'a request to a device that is none': frame({ kind: FrameKind.REQUEST }),
    'an event that is no JSON': frame({ kind: FrameKind.EVENT }, '{"event":'),
    'an event that is null': frame({ kind: FrameKind.EVENT }, 'null'),
  };
  for (const [name, bytes] of Object.entries(bad)) {
    const [channel, guest] = duplexPair();
    const failures: Error[] = [];
    let events = 0;
    serveMessages({
      channel,
      devices: [],
      onEvent: (payload) => {
        const { event } = JSON.parse(Buffer.from(payload).toString());
        events += Number(event === 'log');
      },
      onFailure: (error) => failures.push(error),
    });
    guest.write(bytes);
    guest.write(frame({ kind: FrameKind.EVENT }, '{"event":"log","message":"x"}'));
    await new Promise((resolve) => setImmediate(resolve));
    t.equal(failures.length, 1, name);
    t.equal(events, 0, name);
  }
});

/** A device whose requests wait until they are let go. */
function waitingDevice() {
  const { promise, resolve } = deferred();
  let asked = 0;
  const device: Device = {
    ...createVirtioBlock('docteur', createMemoryDevice(new Uint8Array(4096))),
    queues: 2,
    serve: async () => {
      asked += 1;
      await promise;
      return { front: 0, back: 1 };
    },
  };
  return { device, resolve, asked: () => asked };
}

/** Requests of `wanted` bytes each, as many as given. */
function requests(count: number, header: object): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, id) => {
      const frame = Buffer.alloc(FRAME_HEADER_BYTES);
      const view = new DataView(frame.buffer, frame.byteOffset);
      encodeFrameHeader(view, { kind: FrameKind.REQUEST, id, ...header });
      return frame;
    }),
  );
}

t.test('while devices hold much of a guest’s, nothing more is heard of it', async (t) => {
  for (const [wanted, most] of [
    [1, 256],
    [8 << 20, 4],
  ] as const) {
    const [channel, guest] = duplexPair();
    const failures: Error[] = [];
    const { device, resolve, asked } = waitingDevice();
    serveMessages({ channel, devices: [device], onEvent() {}, onFailure: (e) => failures.push(e) });
    const count = most + 100;
    guest.write(requests(count, { wanted, queue: 1 }));
    await turn();
    t.equal(asked(), most, `requests of ${wanted} bytes`);
    resolve();
    let replied = 0;
    for await (const chunk of guest) {
      replied += (chunk as Buffer).length;
      if (replied >= count * (FRAME_HEADER_BYTES + 1)) break;
    }
    t.equal(asked(), count, 'then all are carried out');
    t.same(failures, []);
  }
});

t.test('a request to a queue that is none, or for more than travels, ends the guest', async (t) => {
  for (const header of [{ device: 1 }, { queue: 2 }, { wanted: (16 << 20) + 1 }]) {
    const [channel, guest] = duplexPair();
    const failures: Error[] = [];
    const { device, asked } = waitingDevice();
    serveMessages({ channel, devices: [device], onEvent() {}, onFailure: (e) => failures.push(e) });
    guest.write(requests(2, { wanted: 1, ...header }));
    await turn();
    t.match(failures, [{ name: 'RangeError' }]);
    t.equal(asked(), 0);
  }
});

t.test(
  'an alarm is answered once, whatever it asks for; a later one takes its place',
  async (t) => {
    const [channel, guest] = duplexPair();
    const server = serveMessages({ channel, devices: [], onEvent() {}, onFailure: t.fail });
    const alarm = (id: number, delay: number) =>
      requests(1, { kind: FrameKind.ALARM, id, delay }) as Uint8Array;
    const answers: number[] = [];
    guest.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += FRAME_HEADER_BYTES) {
        const header = new DataView(chunk.buffer, chunk.byteOffset + at);
        answers.push(decodeFrameHeader(header).id);
      }
    });
    const delays = [Number.POSITIVE_INFINITY, 1e300, -5, Number.NaN, 0];
    for (const [id, delay] of delays.entries()) {
      guest.write(alarm(id, delay));
      await turn();
      await delayed(5);
    }
    t.same(answers, [2, 3, 4]);
    guest.write(alarm(9, 20));
    await turn();
    server.close();
    await delayed(40);
    t.same(answers, [2, 3, 4], 'nothing is answered any more');
  },
);

t.test('a manifest cannot write to the terminal', async (t) => {
  const hostile = { type: 'solo5.manifest', version: 1, devices: [], '\u001b[2J\u009b31m': 1 };
  t.throws(() => parseManifest(JSON.stringify(hostile)), {
    name: 'ManifestError',
    message: 'the manifest: unknown key',
  });
});
