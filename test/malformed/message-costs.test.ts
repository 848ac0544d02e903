// What messages of a guest that broke out of its runtime cost the tender: processor time of its thread,
// and memory that it holds. One row a kind of message, each with its bounds.
import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { BLOCK_HEADER_BYTES, BlockRequestType, encodeBlockHeader } from '#abi';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import { createVirtioBlock } from '../../tender/devices/block/virtio-block.ts';
import { parseRuntimeEvent } from '../../tender/monitors/node/runtime-event.ts';
import {
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  FrameKind,
  MAX_CHAIN_BYTES,
  MAX_EVENT_BYTES,
} from '../../tender/transport/frame.ts';
import { serveMessages } from '../../tender/transport/message-server.ts';
import { collectGarbage } from '../fixtures/garbage.ts';

function frame(header: Partial<FrameHeader>, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  encodeFrameHeader(view, { length: payload.length, ...header });
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

function event(text: string): Buffer {
  return frame({ kind: FrameKind.EVENT }, Buffer.from(text));
}

function read(wanted: number, sector: number): Buffer {
  const payload = new Uint8Array(BLOCK_HEADER_BYTES);
  encodeBlockHeader(new DataView(payload.buffer), 0, { type: BlockRequestType.IN, sector });
  return frame({ kind: FrameKind.REQUEST, wanted }, payload);
}

/** An event as long as it may be. */
function longest(begin: string, middle: string, end: string): Buffer {
  const room = MAX_EVENT_BYTES - begin.length - end.length;
  return event(begin + middle.repeat(room / middle.length) + end);
}

interface Row {
  readonly name: string;
  readonly bytes: Buffer;
  /** Bytes that are sent at a time; all at once if absent. */
  readonly piece?: number;
  /** Of processor time, for one message. */
  readonly microseconds: number;
  /** Held by the tender while the message is on its way, or once it is over, beside a constant. */
  readonly held?: number;
  /** No honest runtime says it: the guest is ended. */
  readonly ends?: true;
}

const MIB = 2 ** 20;
// Bounds are some five times what was measured on a slow machine: what grows with the square of a size, or
// with a number's digits, is beyond them by orders.
const ROWS: Row[] = [
  { name: 'a line', bytes: event('{"event":"log","message":"x"}'), microseconds: 500 },
  {
    name: 'the longest line',
    bytes: longest('{"event":"log","message":"', 'x', '"}'),
    microseconds: 2000,
  },
  {
    name: 'the same, escaped',
    bytes: longest('{"event":"log","message":"', '\\u0007', '"}'),
    microseconds: 4000,
  },
  {
    name: 'a phase of many digits',
    bytes: longest('{"event":"phase","phase":"p","at":"', '9', '"}'),
    microseconds: 4000,
    ends: true,
  },
  { name: 'nested arrays', bytes: longest('', '[', ''), microseconds: 8000, ends: true },
  { name: 'many keys', bytes: longest('{', '"a":1,', '"event":"ready"}'), microseconds: 8000 },
  {
    name: 'a line too long',
    bytes: event(`{"event":"log","message":"${'x'.repeat(MAX_EVENT_BYTES)}"}`),
    microseconds: 4000,
    ends: true,
  },
  {
    name: 'a number of 4 MiB',
    bytes: event(`{"event":"phase","phase":"p","at":"${'9'.repeat(4 * MIB)}"}`),
    microseconds: 8000,
    ends: true,
  },
  {
    name: 'a line, byte by byte',
    bytes: longest('{"event":"log","message":"', 'x', '"}'),
    piece: 1,
    microseconds: 1_000_000,
    held: MAX_EVENT_BYTES,
  },
  {
    name: 'a message of the largest size that never comes',
    bytes: frame({ kind: FrameKind.REQUEST, length: MAX_CHAIN_BYTES }),
    // Memory that was used before is cleared for it, 16 MiB.
    microseconds: 40_000,
    held: MAX_CHAIN_BYTES,
  },
  {
    name: 'more than that',
    bytes: frame({ kind: FrameKind.REQUEST, length: MAX_CHAIN_BYTES + 1 }),
    microseconds: 2000,
    ends: true,
  },
  {
    name: 'an alarm with a payload',
    bytes: frame({ kind: FrameKind.ALARM, length: 1 }),
    microseconds: 2000,
    ends: true,
  },
  { name: 'an alarm', bytes: frame({ kind: FrameKind.ALARM, delay: 1e9 }), microseconds: 500 },
  { name: 'a read of a sector', bytes: read(513, 0), microseconds: 1000 },
  {
    name: 'the largest read, of nothing',
    bytes: read(MAX_CHAIN_BYTES, 2 ** 40),
    microseconds: 40_000,
    held: 3 * MAX_CHAIN_BYTES,
  },
  {
    name: 'a read that is too large',
    bytes: read(MAX_CHAIN_BYTES + 1, 0),
    microseconds: 2000,
    ends: true,
  },
];

const ROUNDS = 20;
/** What streams keep for a while, in bytes. */
const SLACK = 4 * MIB;

for (const { name, bytes, piece = bytes.length, microseconds, held = 0, ends } of ROWS) {
  t.test(`what it costs: ${name}`, async (t) => {
    const device = createVirtioBlock('disk', createMemoryDevice(new Uint8Array(8192)));
    const spent: number[] = [];
    let failures = 0;
    collectGarbage();
    const before = process.memoryUsage();
    let peak = 0;
    for (let round = 0; round < (piece === bytes.length ? ROUNDS : 3); round += 1) {
      const [channel, guest] = duplexPair();
      guest.resume();
      const server = serveMessages({
        channel,
        devices: [device],
        onEvent: (payload) => void parseRuntimeEvent(payload),
        onFailure: () => {
          failures += 1;
        },
      });
      const start = process.cpuUsage();
      for (let at = 0; at < bytes.length; at += piece) {
        if (!guest.write(bytes.subarray(at, at + piece))) await turn();
        if (at % 4096 === 0) await turn();
      }
      await turn();
      await turn();
      const { user, system } = process.cpuUsage(start);
      spent.push(user + system);
      collectGarbage();
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      const more = arrayBuffers - before.arrayBuffers + Math.max(0, heapUsed - before.heapUsed);
      peak = Math.max(peak, more);
      server.close();
      channel.destroy();
    }
    // The cheapest round: in others, garbage of the test's own is collected, which a busy machine stretches.
    const least = Math.min(...spent);
    t.comment(`${least} µs, ${peak} bytes`);
    t.ok(least <= microseconds, `${least} µs of ${microseconds}`);
    t.ok(peak <= held * (piece === bytes.length ? ROUNDS : 1) + SLACK, `${peak} bytes held`);
    t.equal(failures > 0, ends === true, 'whether the guest is ended');
  });
}
