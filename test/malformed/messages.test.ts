// The message transport against a guest that broke out of its runtime, and writes what it likes.
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import t from 'tap';
import { BlockRequestType, BlockStatus, parseManifest } from '#abi';
import { createFileDevice } from '../../tender/block/file-device.ts';
import {
  decodeFrameHeader,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  FrameKind,
} from '../../tender/transport/frame.ts';
import { serveMessages } from '../../tender/transport/message-server.ts';

const SECTORS = [-1, -0.001953125, -8, 0.5, 8, 1e300, Number.NaN, Number.NEGATIVE_INFINITY];

t.test('no sector outside the device is read or written, whatever its number', async (t) => {
  const image = join(t.testdir({ 'disk.img': 'x'.repeat(4096) }), 'disk.img');
  const fd = openSync(image, 'r+');
  const options = { path: image, fd, sectorSize: 512, capacity: 8, writable: true };
  const [channel, guest] = duplexPair();
  const failures: Error[] = [];
  serveMessages({
    channel,
    devices: [{ name: 'docteur', device: createFileDevice(options) }],
    onEvent: () => {},
    onFailure: (error) => failures.push(error),
  });
  for (const sector of SECTORS) {
    for (const code of [BlockRequestType.IN, BlockRequestType.OUT]) {
      const isRead = code === BlockRequestType.IN;
      const length = isRead ? 0 : 512;
      const request = { kind: FrameKind.REQUEST, code, sector, wanted: 512 - length, length };
      const frame = new Uint8Array(FRAME_HEADER_BYTES + length).fill(7);
      encodeFrameHeader(new DataView(frame.buffer), request);
      guest.write(frame);
      const [reply] = (await once(guest, 'data')) as [Buffer];
      const header = decodeFrameHeader(new DataView(reply.buffer, reply.byteOffset));
      t.equal(header.code, BlockStatus.IOERR, `${isRead ? 'read' : 'write'} at ${sector}`);
      t.equal(header.length, 0);
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

t.test('a manifest cannot write to the terminal', async (t) => {
  const hostile = { type: 'solo5.manifest', version: 1, devices: [], '\u001b[2J\u009b31m': 1 };
  t.throws(() => parseManifest(JSON.stringify(hostile)), {
    name: 'ManifestError',
    message: 'the manifest: unknown key',
  });
});
