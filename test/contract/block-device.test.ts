// Every block device, and every filter before one, keeps the same promises.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { BlockDevice } from '../../tender/block/block-device.ts';
import { cacheReads } from '../../tender/block/filters/cached.ts';
import { checkDevice } from '../../tender/block/filters/checked.ts';
import { countReads } from '../../tender/block/filters/counted.ts';
import { makeFaulty } from '../../tender/block/filters/faulty.ts';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import { openBlockDevice } from '../../tender/block/open-block-device.ts';
import { openImageDevice } from '../../tender/block/remote/open-image-device.ts';
import { openFaultyFile } from '../fixtures/faulty-file.ts';
import { serveImage } from '../fixtures/image-server.ts';
import { Random } from '../fuzz/random.ts';
import { testBlockDevice } from './block-device.ts';

let images = 0;
const folder = t.testdir();
function imageOf(content: Uint8Array): string {
  const path = join(folder, `${images++}.img`);
  writeFileSync(path, content);
  return path;
}

/** Every call ends later, and they end in another order than they began in. */
function makeLate(device: BlockDevice): BlockDevice {
  const random = new Random(3);
  const later = async () => {
    for (let turns = random.below(6); turns > 0; turns -= 1) await turn();
  };
  return makeFaulty(device, () => ({ after: later() }));
}

type Open = (content: Uint8Array, sectorSize: number, writable: boolean) => BlockDevice;
const memory: Open = (...how) => createMemoryDevice(...how);
const file: Open = (content, ...how) => openBlockDevice(imageOf(content), ...how);

const DEVICES: Record<string, Open> = {
  memory,
  file,
  'a file whose transfers are short and interrupted': (content, sectorSize, writable) =>
    openFaultyFile(imageOf(content), sectorSize, writable),
  'late memory': (...how) => makeLate(memory(...how)),
  checked: (...how) => checkDevice(file(...how)),
  counted: (...how) => countReads(file(...how), { requests: 0, bytes: 0 }),
  'a cache before a file': (...how) => cacheReads(file(...how), { bytes: 32_768, lineBytes: 8192 }),
  'a cache before a late device': (...how) =>
    cacheReads(makeLate(memory(...how)), { bytes: 32_768, lineBytes: 4096 }),
  'a cache of one line before a late device': (...how) =>
    cacheReads(makeLate(memory(...how)), { bytes: 4096, lineBytes: 4096 }),
  'a cache of nothing': (...how) => cacheReads(memory(...how), { bytes: 0 }),
  'all filters, one before the other': (...how) =>
    checkDevice(
      countReads(cacheReads(makeLate(memory(...how)), { bytes: 16_384, lineBytes: 4096 }), {
        requests: 0,
        bytes: 0,
      }),
    ),
};

for (const [name, open] of Object.entries(DEVICES)) {
  t.test(name, async (t) => testBlockDevice(t, { open }));
}

t.test('an image on a web server', async (t) => {
  const open = async (content: Uint8Array, sectorSize: number) => {
    const server = await serveImage(t, content);
    return openImageDevice(server.origin, sectorSize, {
      limits: { line: 4096, cache: 16_384, request: 8192 },
    });
  };
  testBlockDevice(t, { open, readOnly: true });
});
