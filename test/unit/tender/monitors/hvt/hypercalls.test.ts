// Hypercalls in memory of a test's own: what the tender reads, writes and answers.
import t from 'tap';
import { Result } from '#abi';
import { HostError } from '../../../../../tender/base/errors.ts';
import { RequestError } from '../../../../../tender/block/block-device.ts';
import { checkDevice } from '../../../../../tender/block/filters/checked.ts';
import { createMemoryDevice } from '../../../../../tender/block/memory-device.ts';
import { GuestFault, GuestMemory } from '../../../../../tender/monitors/hvt/guest-memory.ts';
import {
  type Frames,
  type HypercallContext,
  serveHypercall,
} from '../../../../../tender/monitors/hvt/hypercalls.ts';

const SIZE = 0x10000;
const READ_ONLY_END = 0x1000;
const STRUCT = 0x2000;
const DATA = 0x3000;

function setUp(more: Partial<HypercallContext> = {}, frames?: Partial<Frames>) {
  const buffer = new ArrayBuffer(SIZE);
  const view = new DataView(buffer);
  const disk = new Uint8Array(8 * 2 ** 20).fill(9);
  const blocks = checkDevice(createMemoryDevice(disk, 512, true));
  const none: Frames = { read: () => undefined, write() {} };
  const context: HypercallContext = {
    memory: new GuestMemory(buffer, [{ start: 0, end: READ_ONLY_END }]),
    devices: [undefined, { blocks }, { frames: { ...none, ...frames } }],
    write: () => undefined,
    wallClock: () => 1_234n,
    poll: () => 0n,
    ...more,
  };
  const call = (number: number, ...fields: (number | bigint)[]) => {
    for (const [index, value] of fields.entries()) {
      view.setBigUint64(STRUCT + 8 * index, BigInt.asUintN(64, BigInt(value)), true);
    }
    return serveHypercall(context, 0x500 + number, STRUCT);
  };
  return { view, disk, call, context };
}

const fault = { name: 'GuestFault' };

t.test('memory: edges, as in the original the last byte is not used', async (t) => {
  const memory = new GuestMemory(new ArrayBuffer(100), [{ start: 10, end: 20 }]);
  for (const [address, length, holds] of [
    [0, 0, true],
    [0, 99, true],
    [0, 100, false],
    [99, 0, true],
    [99, 1, false],
    [100, 0, false],
    [-1, 1, false],
    [0, -1, false],
    [Number.NaN, 1, false],
    [0, Number.NaN, false],
    [0, Number.POSITIVE_INFINITY, false],
    [2 ** 64, 1, false],
    [1, 2 ** 64, false],
  ] as const) {
    t.equal(memory.holds(address, length), holds, `${length} at ${address}`);
    if (!holds) t.throws(() => memory.readable(address, length), fault);
  }
  for (const [address, length, writable] of [
    [0, 10, true],
    [0, 11, false],
    [19, 1, false],
    [20, 10, true],
    [5, 50, false],
    [12, 2, false],
  ] as const) {
    t.equal(memory.isWritable(address, length), writable, `${length} at ${address}`);
    if (!writable) t.throws(() => memory.writable(address, length), fault);
  }
  t.throws(() => memory.setI32(17, 0), fault);
  t.throws(() => memory.setU64(5, 0n), fault);
});

t.test('a copy does not change with the memory', async (t) => {
  const buffer = new ArrayBuffer(100);
  const copy = new GuestMemory(buffer, []).copy(8, 8);
  new Uint8Array(buffer).fill(1);
  t.equal(copy.getBigUint64(0), 0n);
});

t.test('ports that there are not', async (t) => {
  const { context } = setUp();
  for (const port of [0, 0x500, 0x509, 0x5ff, 0xffff]) {
    t.throws(() => serveHypercall(context, port, STRUCT), { ...fault, message: /port=0x/ });
  }
});

t.test('walltime and poll', async (t) => {
  const { view, call } = setUp({
    poll: (timeout) => (timeout === 7n ? 0b110n : Promise.resolve(0n)),
  });
  await call(1, 0);
  t.equal(view.getBigUint64(STRUCT, true), 1_234n);
  await call(3, 7, -1, -1);
  t.equal(view.getBigUint64(STRUCT + 8, true), 0b110n);
  t.equal(view.getInt32(STRUCT + 16, true), 2, 'so many are ready');
  await call(3, 8, -1, -1);
  t.equal(view.getBigUint64(STRUCT + 8, true), 0n);
  t.equal(view.getInt32(STRUCT + 16, true), 0);
});

t.test('blocks', async (t) => {
  const { view, disk, call } = setUp();
  const result = () => view.getInt32(STRUCT + 32, true);
  await call(5, 1, 512, DATA, 512, -1);
  t.equal(result(), Result.OK);
  t.equal(view.getUint8(DATA + 511), 9);
  await call(4, 1, 0, STRUCT + 0x800, 512, -1);
  t.equal(result(), Result.OK);
  t.equal(disk[0], 0);
  // In this order: the handle, the extent, the memory.
  const beyond = 2n ** 64n - 1n;
  for (const fields of [
    [0, 0, DATA, 512],
    [2, 0, DATA, 512],
    [3, 0, beyond, 512],
    [beyond, 0, DATA, 512],
    [1, disk.length, beyond, 512],
    [1, beyond, beyond, 512],
    [1, disk.length - 512, beyond, 513],
    [1, 0, beyond, beyond],
    [1, 0, beyond, 4 * 2 ** 20 + 512],
    [1, 100, DATA, 512],
  ]) {
    await call(5, ...fields, -1);
    t.equal(result(), Result.EINVAL, `${fields}`);
  }
  for (const fields of [
    [1, 0, SIZE - 100, 512],
    [1, 0, beyond, 512],
    [1, 0, 0, 512],
    [1, 0, READ_ONLY_END - 8, 512],
  ]) {
    t.throws(() => call(5, ...fields, -1), fault, `${fields}`);
  }
  await call(4, 1, 0, 0, 512, -1);
  t.equal(result(), Result.OK, 'what is to be read may be anywhere');
});

t.test('frames', async (t) => {
  const sent: number[] = [];
  const { view, call } = setUp(
    {},
    {
      read: (into) => {
        into.fill(7, 0, 60);
        return into.length < 60 ? undefined : 60;
      },
      write(from) {
        if (from.length > 1514) throw new RequestError('too long');
        sent.push(from.length);
      },
    },
  );
  const result = () => view.getInt32(STRUCT + 24, true);
  await call(6, 2, DATA, 64, -1);
  t.equal(result(), Result.OK);
  await call(6, 2, DATA, 1515, -1);
  t.equal(result(), Result.EINVAL);
  await call(6, 1, DATA, 64, -1);
  t.equal(result(), Result.EINVAL, 'a disk is no network');
  t.same(sent, [64]);
  await call(7, 2, DATA, 1514, -1);
  t.equal(result(), Result.OK);
  t.equal(view.getBigUint64(STRUCT + 16, true), 60n, 'how long it is');
  await call(7, 2, DATA, 10, -1);
  t.equal(result(), Result.AGAIN);
  await call(7, 0, DATA, 10, -1);
  t.equal(result(), Result.EINVAL);
  t.throws(() => call(7, 2, 0, 64, -1), fault);
  t.throws(() => call(6, 2, SIZE, 64, -1), fault);
});

t.test('halt', async (t) => {
  const { call } = setUp();
  t.same(call(8, 0, 0x1_0000_0102n), { status: 2, cookie: 0 });
  t.same(call(8, DATA, -1), { status: 255, cookie: DATA });
  t.throws(() => call(8, SIZE - 100, 0), fault);
  t.throws(() => call(8, 2n ** 63n, 0), fault);
});

t.test('a host that fails is not the guest’s to hear of', async (t) => {
  const broken = new HostError('gone');
  const { call } = setUp({}, { write: () => Promise.reject(broken) });
  await t.rejects(Promise.resolve(call(6, 2, DATA, 64, -1)), broken);
  t.throws(
    () =>
      setUp({
        write: () => {
          throw broken;
        },
      }).call(2, DATA, 1),
    broken,
  );
  t.ok(new GuestFault('x') instanceof Error);
});
