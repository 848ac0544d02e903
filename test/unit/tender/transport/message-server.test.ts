// What V8 made of a guest's script is taken once, before the guest could send any, and only where it was
// asked for.
import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import {
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  FrameKind,
  MAX_CODE_BYTES,
} from '../../../../tender/transport/frame.ts';
import { serveMessages } from '../../../../tender/transport/message-server.ts';

function frame(length: number, announced = length): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + length);
  encodeFrameHeader(new DataView(bytes.buffer), { kind: FrameKind.CODE, length: announced });
  return bytes;
}

async function serve(frames: readonly Uint8Array[], wanted: boolean) {
  const [channel, there] = duplexPair();
  const taken: number[] = [];
  const failures: string[] = [];
  const server = serveMessages({
    channel,
    devices: [],
    onEvent: () => {},
    onCode: wanted ? (code) => taken.push(code.length) : undefined,
    onFailure: ({ message }) => failures.push(message),
  });
  for (const bytes of frames) there.write(bytes);
  for (let count = 0; count < 5; count += 1) await turn();
  server.close();
  return { taken, failures };
}

t.test('it is taken once', async (t) => {
  t.strictSame(await serve([frame(5)], true), { taken: [5], failures: [] });
  const { taken, failures } = await serve([frame(5), frame(6)], true);
  t.strictSame(taken, [5]);
  t.equal(failures.length, 1);
  t.equal((await serve([frame(5), frame(0)], true)).failures.length, 1, 'nor is nothing');
});

t.test('nobody asked for it', async (t) => {
  const { taken, failures } = await serve([frame(5)], false);
  t.strictSame(taken, []);
  t.equal(failures.length, 1);
  t.equal((await serve([frame(0)], false)).failures.length, 1);
});

t.test('it has a bound', async (t) => {
  const { failures } = await serve([frame(0, MAX_CODE_BYTES + 1)], true);
  t.match(failures, [/a message of kind 7 and \d+ bytes/]);
  t.strictSame((await serve([frame(0, MAX_CODE_BYTES)], true)).failures, []);
});
