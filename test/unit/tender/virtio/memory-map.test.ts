import t from 'tap';
import { mapMemory, mapRegions } from '../../../../tender/virtio/memory-map.ts';

const HOSTILE = [-1, 2 ** 32, 2 ** 53, 2 ** 64, Number.NaN, Number.POSITIVE_INFINITY];

t.test('one region', async (t) => {
  const memory = new ArrayBuffer(100);
  const map = mapMemory(memory);
  t.match(map(10, 20), { byteOffset: 10, length: 20, buffer: memory });
  t.match(map(0, 100), { length: 100 });
  t.match(map(100, 0), { length: 0 });
  t.equal(map(100, 1), undefined);
  t.equal(map(1, 100), undefined);
  t.equal(map(101, 0), undefined);
  for (const number of HOSTILE) {
    t.equal(map(number, 1), undefined, `address ${number}`);
    t.equal(map(0, number), undefined, `length ${number}`);
  }
});

t.test('regions with a hole, and two side by side', async (t) => {
  const whole = new Uint8Array(64);
  const map = mapRegions([
    { address: 0x3000, bytes: whole.subarray(32, 48) },
    { address: 0x1000, bytes: whole.subarray(0, 16) },
    { address: 0x1010, bytes: whole.subarray(16, 32) },
  ]);
  t.match(map(0x1000, 16), { byteOffset: 0, length: 16 });
  t.match(map(0x1010, 16), { byteOffset: 16, length: 16 });
  t.match(map(0x3008, 8), { byteOffset: 40, length: 8 });
  t.equal(map(0x100f, 2), undefined, 'across an edge, though the next region begins there');
  t.equal(map(0x1000, 32), undefined);
  t.equal(map(0x1020, 1), undefined, 'a hole');
  t.equal(map(0x300f, 2), undefined, 'behind the end');
  t.equal(map(0, 1), undefined);
});

t.test('regions that overlap are refused', async (t) => {
  const bytes = new Uint8Array(16);
  const regions = [
    { address: 15, bytes },
    { address: 0, bytes },
  ];
  t.throws(() => mapRegions(regions), /overlap at 15/);
});
