import t from 'tap';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import { checkDevice } from '../../../../../tender/block/filters/checked.ts';

/** A device that no call may reach unless it is sound. */
function strictDevice(sectorSize: number, capacity: number) {
  const asked: number[] = [];
  const device: BlockDevice = {
    sectorSize,
    capacity,
    read: (offset) => void asked.push(offset),
    write: (offset) => void asked.push(offset),
    close() {},
  };
  return { asked, device: checkDevice(device) };
}

const OFFSETS = [
  ...[-1, -512, -4096, 1, 511, 512 * 8, 512 * 9, 0.5, 512.5, 2 ** 53, 2 ** 60, 1e300],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

t.test('no offset that is outside, or inside a sector, reaches the device', async (t) => {
  const { asked, device } = strictDevice(512, 8);
  const sector = [new Uint8Array(512)];
  for (const offset of OFFSETS) {
    t.throws(() => device.read(offset, sector), { name: 'RequestError' }, `read ${offset}`);
    t.throws(() => device.write?.(offset, sector), { name: 'RequestError' }, `write ${offset}`);
  }
  t.same(asked, []);
});

t.test('no length that is none, no whole sectors, or too much', async (t) => {
  const { asked, device } = strictDevice(4096, 4);
  for (const [offset, lengths] of [
    [0, [0]],
    [0, []],
    [0, [0, 0]],
    [0, [512]],
    [0, [4096, 1]],
    [0, [4096 * 4, 4096]],
    [4096 * 3, [4096, 4096]],
    [512, [4096]],
  ] as const) {
    const buffers = lengths.map((length) => new Uint8Array(length));
    const what = `${lengths} at ${offset}`;
    t.throws(() => device.read(offset, buffers), { name: 'RequestError' }, what);
    t.throws(() => device.write?.(offset, buffers), { name: 'RequestError' }, what);
  }
  t.same(asked, []);
});

t.test('the edges of the largest device there can be', async (t) => {
  const capacity = Math.floor(Number.MAX_SAFE_INTEGER / 512);
  const { asked, device } = strictDevice(512, capacity);
  await device.read((capacity - 1) * 512, [new Uint8Array(512)]);
  t.throws(() => device.read((capacity - 1) * 512, [new Uint8Array(1024)]), /not sectors/);
  t.throws(() => device.read(capacity * 512, [new Uint8Array(512)]), /not sectors/);
  t.same(asked, [(capacity - 1) * 512]);
});
