import { closeSync, fstatSync, openSync, readdirSync, writeFileSync } from 'node:fs';
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
    await device.read(8192 - sectorSize, [into]);
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
      message:
        'Block size must be a multiple of 2 greater than or equal 512, ' +
        `a power of two up to 32768, not '${size}'`,
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

t.test('an image that cannot be read is named', async (t) => {
  const before = openFiles();
  // A regular file to stat(2), of which the first byte cannot be read.
  t.throws(() => openBlockDevice('/proc/self/mem'), {
    name: 'TenderError',
    message: /^Could not open block device: \/proc\/self\/mem: I\/o error$/,
  });
  t.equal(openFiles(), before);
});

t.test('a closed device leaves the file alone that has its descriptor now', async (t) => {
  for (const device of [openBlockDevice(image), openBlockDevice(image, 512, true)]) {
    device.close();
    const other = openSync(image, 'r');
    const sector = new Uint8Array(512);
    const message = `${image}: the device is closed; it serves one guest only`;
    t.throws(() => device.read(0, [sector]), { name: 'HostError', message });
    if (device.write !== undefined) {
      t.throws(() => device.write?.(0, [sector]), { message });
      t.throws(() => device.flush?.(), { message });
    }
    device.close();
    t.ok(fstatSync(other).isFile());
    closeSync(other);
  }
});
