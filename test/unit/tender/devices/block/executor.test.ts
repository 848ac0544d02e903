import t from 'tap';
import { BlockFeature, BlockStatus, decodeBlockConfig } from '#abi';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import { checkDevice } from '../../../../../tender/block/filters/checked.ts';
import { createMemoryDevice } from '../../../../../tender/block/memory-device.ts';
import {
  type BlockOperation,
  executeBlockOperation,
} from '../../../../../tender/devices/block/executor.ts';
import { createVirtioBlock } from '../../../../../tender/devices/block/virtio-block.ts';

/** A device that a guest reaches is always a checked one; none of these waits. */
function execute(device: BlockDevice, operation: BlockOperation, name = 'd') {
  const outcome = executeBlockOperation({ name, device: checkDevice(device) }, operation);
  if (outcome instanceof Promise) throw new Error('a device that never waits made one wait');
  return outcome;
}

/** A device of the given size that remembers what it was asked, and holds nothing. */
function recordingDevice(sectorSize: number, capacity: number) {
  const asked: string[] = [];
  const total = (buffers: readonly Uint8Array[]) =>
    buffers.reduce((sum, { length }) => sum + length, 0);
  const device: BlockDevice = {
    sectorSize,
    capacity,
    read: (offset, into) => void asked.push(`read ${offset}+${total(into)}`),
    write: (offset, from) => void asked.push(`write ${offset}+${total(from)}`),
    flush: () => void asked.push('flush'),
    close() {},
  };
  return { asked, device };
}

const input = (length: number) => ({ input: [new Uint8Array(length)], output: [] });
const output = (length: number) => ({ input: [], output: [new Uint8Array(length)] });
const { OK, IOERR, UNSUPP } = BlockStatus;

t.test('extents at the edges', async (t) => {
  const huge = Math.floor(Number.MAX_SAFE_INTEGER / 512);
  const CASES: [capacity: number, sector: number, length: number, status: number][] = [
    [8, 0, 512, OK],
    [8, 7, 512, OK],
    [8, 0, 4096, OK],
    [8, 8, 512, IOERR],
    [8, 7, 1024, IOERR],
    [8, 0, 4608, IOERR],
    [8, 0, 0, IOERR],
    [8, 0, 511, IOERR],
    [8, Number.POSITIVE_INFINITY, 512, IOERR],
    [8, 2 ** 53 - 1, 512, IOERR],
    [huge, huge - 1, 512, OK],
    [huge, huge, 512, IOERR],
    [1 << 20, 0, 4 << 20, OK],
    [1 << 20, 0, (4 << 20) + 512, IOERR],
  ];
  for (const [capacity, sector, length, status] of CASES) {
    const { asked, device } = recordingDevice(512, capacity);
    for (const [type, data] of [
      [0, input(length)],
      [1, output(length)],
    ] as const) {
      const outcome = execute(device, { type, sector, ...data });
      t.equal(outcome.status, status, `${type} ${sector}+${length} of ${capacity}`);
    }
    t.equal(asked.length, status === OK ? 2 : 0, 'the device is asked for nothing else');
  }
});

t.test('larger sectors are whole, though sectors of requests are 512 bytes', async (t) => {
  const { asked, device } = recordingDevice(4096, 2);
  const run = (sector: number, length: number) =>
    execute(device, { type: 0, sector, ...input(length) }).status;
  t.same([run(0, 4096), run(8, 4096), run(0, 8192)], [OK, OK, OK]);
  t.same([run(1, 4096), run(0, 512), run(8, 8192), run(16, 4096)], [IOERR, IOERR, IOERR, IOERR]);
  t.same(asked, ['read 0+4096', 'read 4096+4096', 'read 0+8192']);
});

t.test('a read-only device takes no write and no flush', async (t) => {
  const device = createMemoryDevice(new Uint8Array(512));
  const run = (type: number) => execute(device, { type, sector: 0, ...output(512) }).status;
  t.same([run(1), run(4)], [IOERR, UNSUPP]);
  t.equal(createVirtioBlock('d', device).features & BlockFeature.RO, BlockFeature.RO);
  t.equal(createVirtioBlock('d', device).features & BlockFeature.FLUSH, 0);
});

t.test('identity is 20 bytes, the rest of them zero, in any buffers', async (t) => {
  const device = createMemoryDevice(new Uint8Array(512));
  const parts = [new Uint8Array(3).fill(9), new Uint8Array(17).fill(9), new Uint8Array(5).fill(9)];
  const outcome = execute(device, { type: 8, sector: 0, input: parts, output: [] }, 'docteur');
  t.same(outcome, { status: OK, written: 20 });
  t.equal(Buffer.concat(parts).toString('latin1'), `docteur${'\0'.repeat(13)}${'\t'.repeat(5)}`);
});

t.test('the configuration space tells capacity and block size', async (t) => {
  const { device } = recordingDevice(4096, 2 ** 40);
  const { features, config } = createVirtioBlock('d', device);
  t.match(decodeBlockConfig(config), { capacity: 2 ** 43, blockSize: 4096, segMax: 126 });
  t.equal(features & BlockFeature.FLUSH, BlockFeature.FLUSH);
});
