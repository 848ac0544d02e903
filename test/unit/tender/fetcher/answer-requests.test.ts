import { Duplex, PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import type { BlockDevice } from '../../../../tender/block/block-device.ts';
import { createMemoryDevice } from '../../../../tender/block/memory-device.ts';
import { answerRequests } from '../../../../tender/fetcher/answer-requests.ts';
import { encodeRequest, FAILED, MAX_REQUESTS, MAX_WORDS } from '../../../../tender/fetcher/wire.ts';
import { deferred } from '../../../fixtures/deferred.ts';
import { Random } from '../../../fuzz/random.ts';

const content = new Random(6).bytes(64 * 512);

function start(t: Test, device: BlockDevice = createMemoryDevice(content)) {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const stream = Duplex.from({ readable: there, writable: back });
  let ends = 0;
  answerRequests(stream, device, () => {
    ends += 1;
  });
  t.teardown(() => stream.destroy());
  const got: Buffer[] = [];
  back.on('data', (bytes: Buffer) => got.push(bytes));
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  return {
    say: (bytes: Uint8Array) => there.write(bytes),
    got: () => Buffer.concat(got),
    settle,
    ends: () => ends,
  };
}

t.test('any bytes of the image, in requests of any cut', async (t) => {
  const { say, got, settle } = start(t);
  const requests = Buffer.concat([
    encodeRequest({ id: 1, offset: 700, length: 1000 }),
    encodeRequest({ id: 2, offset: content.length - 3, length: 3 }),
  ]);
  for (const byte of requests) say(Buffer.of(byte));
  await settle();
  const bytes = got();
  t.equal(bytes.length, 12 + 1000 + 12 + 3);
  t.ok(bytes.subarray(12, 1012).equals(content.subarray(700, 1700)));
  t.ok(bytes.subarray(1024).equals(content.subarray(-3)));
});

t.test('a failure is told in words, of bounded length', async (t) => {
  const device = createMemoryDevice(content);
  const read = () => Promise.reject(new Error('x'.repeat(2 * MAX_WORDS)));
  const { say, got, settle, ends } = start(t, { ...device, read });
  say(encodeRequest({ id: 9, offset: 0, length: 512 }));
  await settle();
  t.equal(got().readUInt32LE(4), FAILED);
  t.equal(got().length, 12 + MAX_WORDS);
  t.equal(ends(), 0, 'the next one may be answered');
});

t.test('whoever asks for what is none of the image is left', async (t) => {
  for (const request of [
    { id: 1, offset: content.length, length: 1 },
    { id: 1, offset: 0, length: 0 },
  ]) {
    const { say, got, settle, ends } = start(t);
    say(encodeRequest(request));
    await settle();
    t.equal(ends(), 1);
    t.equal(got().length, 0);
  }
});

t.test('whoever asks without end is left', async (t) => {
  const never = deferred();
  const device = { ...createMemoryDevice(content), read: () => never.promise };
  const { say, settle, ends } = start(t, device);
  for (let id = 0; id < MAX_REQUESTS; id += 1) say(encodeRequest({ id, offset: 0, length: 1 }));
  await settle();
  t.equal(ends(), 0);
  say(encodeRequest({ id: 99, offset: 0, length: 1 }));
  await settle();
  t.equal(ends(), 1);
});
