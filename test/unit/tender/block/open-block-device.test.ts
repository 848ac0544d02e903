import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openBlockDevice } from '../../../../tender/block/open-block-device.ts';

const folder = t.testdir();
const image = join(folder, 'disk.img');
writeFileSync(image, Buffer.alloc(8192, 7));
const openFiles = () => readdirSync('/proc/self/fd').length;

t.test('a device of whole sectors', async (t) => {
  for (const sectorSize of [512, 4096]) {
    const device = openBlockDevice(image, sectorSize);
    t.match(device, { sectorSize, capacity: 8192 / sectorSize });
    t.equal(device.write, undefined, 'read-only');
    const into = new Uint8Array(sectorSize);
    device.read(8192 - sectorSize, [into]);
    t.ok(into.every((byte) => byte === 7));
    device.close();
  }
});

t.test('what is no sector size is refused, as on the command line', async (t) => {
  for (const size of [
    0,
    1,
    256,
    513,
    1000,
    65_536,
    -512,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ]) {
    t.throws(() => openBlockDevice(image, size), {
      name: 'TenderError',
      message: `Block size must be a power of two from 512 to 32768, not '${size}'`,
    });
  }
});

t.test('an image that is no whole sectors leaves no descriptor open', async (t) => {
  const before = openFiles();
  const [odd, empty] = [join(folder, 'odd.img'), join(folder, 'empty.img')];
  writeFileSync(odd, new Uint8Array(1000));
  writeFileSync(empty, '');
  t.throws(() => openBlockDevice(odd), { message: /size must be block aligned \(512 bytes\)$/ });
  t.throws(() => openBlockDevice(image, 16_384), { message: /block aligned \(16384 bytes\)$/ });
  t.throws(() => openBlockDevice(empty, 4096), {
    message: /at least 1 block \(4096 bytes\) in size$/,
  });
  t.equal(openFiles(), before);
});
