import t from 'tap';
import { type BlockDevice, RequestError } from '../../../../../tender/block/block-device.ts';
import { cacheReads } from '../../../../../tender/block/filters/cached.ts';
import { type DeviceCall, makeFaulty } from '../../../../../tender/block/filters/faulty.ts';
import { createMemoryDevice } from '../../../../../tender/block/memory-device.ts';
import { deferred } from '../../../../fixtures/deferred.ts';

const SECTOR = 512;

/** A device of 16 sectors, each filled with its number; every call waits until it is let go. */
function waitingDevice(error?: (call: DeviceCall) => Error | undefined) {
  const bytes = Uint8Array.from({ length: 16 * SECTOR }, (_, at) => Math.floor(at / SECTOR));
  const calls: (DeviceCall & { go: () => void })[] = [];
  const device: BlockDevice = makeFaulty(createMemoryDevice(bytes, SECTOR, true), (call) => {
    const { promise, resolve } = deferred();
    calls.push({ ...call, go: resolve });
    return { after: promise, error: error?.(call) };
  });
  return { bytes, calls, device };
}

const options = { bytes: 4 * 1024, lineBytes: 1024 };

t.test('a line is fetched once for all who ask for it meanwhile, and then not again', async (t) => {
  const { calls, device } = waitingDevice();
  const cached = cacheReads(device, options);
  const buffers = [0, 1, 2].map(() => new Uint8Array(SECTOR));
  const reads = buffers.map((buffer, index) => cached.read((index % 2) * SECTOR, [buffer]));
  t.equal(calls.length, 1);
  calls[0]?.go();
  await Promise.all(reads);
  t.same(
    buffers.map((buffer) => buffer[0]),
    [0, 1, 0],
  );
  const again = new Uint8Array(2 * SECTOR);
  t.equal(cached.read(0, [again]), undefined, 'at once');
  t.same([again[0], again[1023]], [0, 1]);
  t.equal(calls.length, 1);
});

t.test('a write that begins while a line is fetched: the old line is not kept', async (t) => {
  const { calls, device } = waitingDevice();
  const cached = cacheReads(device, options);
  const read = cached.read(0, [new Uint8Array(SECTOR)]);
  const write = cached.write?.(0, [new Uint8Array(SECTOR).fill(99)]);
  for (const { go } of calls) go();
  await Promise.all([read, write]);
  const after = new Uint8Array(SECTOR);
  const again = cached.read(0, [after]);
  calls.at(-1)?.go();
  await again;
  t.equal(after[0], 99);
});

t.test('a line that is fetched while a write is under way is not kept either', async (t) => {
  const { calls, device } = waitingDevice();
  const cached = cacheReads(device, options);
  const write = cached.write?.(0, [new Uint8Array(SECTOR).fill(99)]);
  const read = cached.read(0, [new Uint8Array(SECTOR)]);
  calls[1]?.go();
  await read;
  calls[0]?.go();
  await write;
  const after = new Uint8Array(SECTOR);
  const again = cached.read(0, [after]);
  calls.at(-1)?.go();
  await again;
  t.equal(after[0], 99);
});

t.test('what failed is not kept; the next one may be well', async (t) => {
  let fails = true;
  const { calls, device } = waitingDevice(() =>
    fails ? new RequestError('bad sector') : undefined,
  );
  const cached = cacheReads(device, options);
  const both = [0, SECTOR].map((offset) => cached.read(offset, [new Uint8Array(SECTOR)]));
  calls[0]?.go();
  const results = await Promise.allSettled(both);
  t.same(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  fails = false;
  const buffer = new Uint8Array(SECTOR);
  const read = cached.read(SECTOR, [buffer]);
  calls.at(-1)?.go();
  await read;
  t.equal(buffer[0], 1);
});

t.test('no more bytes are held than allowed; the oldest line goes first', async (t) => {
  const fetched: number[] = [];
  const memory = createMemoryDevice(new Uint8Array(16 * SECTOR), SECTOR);
  const device = makeFaulty(memory, ({ offset }) => {
    fetched.push(offset / 1024);
    return undefined;
  });
  const cached = cacheReads(device, { bytes: 2048, lineBytes: 1024 });
  for (const line of [0, 1, 0, 2, 0, 1]) await cached.read(line * 1024, [new Uint8Array(SECTOR)]);
  t.same(fetched, [0, 1, 2, 1]);
});

t.test(
  'a read that fails at once waits for its other lines: its buffers are the caller’s then',
  async (t) => {
    const memory = createMemoryDevice(new Uint8Array(4096).fill(5), SECTOR);
    const { promise, resolve } = deferred();
    const device = makeFaulty(memory, ({ offset }) =>
      offset === 0 ? { after: promise } : { error: new RequestError('bad sector') },
    );
    const cached = cacheReads(device, options);
    const buffer = new Uint8Array(2048);
    let settled = false;
    const read = Promise.resolve(cached.read(0, [buffer])).finally(() => {
      settled = true;
    });
    await new Promise((done) => setImmediate(done));
    t.notOk(settled);
    resolve();
    await t.rejects(read, { name: 'RequestError' });
    t.equal(buffer[0], 5);
  },
);
