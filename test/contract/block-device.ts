import type { Test } from 'tap';
import type { BlockDevice } from '../../tender/block/block-device.ts';
import { Random } from '../fuzz/random.ts';

/** A device to be tested, and the bytes that it should hold. */
export interface DeviceUnderTest {
  /** Opened anew, holding `content`; closed by the test. */
  open(
    content: Uint8Array,
    sectorSize: number,
    writable: boolean,
  ): BlockDevice | Promise<BlockDevice>;
  /** It has no writable form. */
  readonly readOnly?: boolean;
}

const SECTORS = 24;

/** `length` bytes cut into buffers at random, empty ones among them. */
function cut(length: number, random: Random): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  for (let left = length; left > 0; ) {
    const size = Math.min(left, random.pick([0, 1, 7, 511, 512, 513, 4096, length]));
    buffers.push(new Uint8Array(size));
    left -= size;
  }
  return buffers;
}

function contentOf(sectorSize: number): Buffer {
  return Buffer.from(new Random(sectorSize).bytes(SECTORS * sectorSize));
}

/** What every block device promises; see {@link BlockDevice}. */
export function testBlockDevice(t: Test, { open, readOnly = false }: DeviceUnderTest): void {
  for (const sectorSize of [512, 4096]) {
    const end = SECTORS * sectorSize;

    t.test(`sectors of ${sectorSize}: what it is, and reads at every edge`, async (t) => {
      const content = contentOf(sectorSize);
      const device = await open(content, sectorSize, false);
      t.match(device, { sectorSize, capacity: SECTORS });
      t.equal(device.write, undefined, 'a read-only device has no write');
      for (const [offset, length] of [
        [0, sectorSize],
        [0, end],
        [end - sectorSize, sectorSize],
        [sectorSize, end - 2 * sectorSize],
      ] as const) {
        const into = [Buffer.alloc(length)];
        await device.read(offset, into);
        t.ok(into[0]?.equals(content.subarray(offset, offset + length)), `${offset}+${length}`);
      }
      device.close();
    });

    t.test(`sectors of ${sectorSize}: buffers of any sizes, in order`, async (t) => {
      const random = new Random(7);
      const content = contentOf(sectorSize);
      const device = await open(content, sectorSize, false);
      for (let round = 0; round < 100; round += 1) {
        const first = random.below(SECTORS);
        const length = (1 + random.below(SECTORS - first)) * sectorSize;
        const into = cut(length, random);
        await device.read(first * sectorSize, into);
        const offset = first * sectorSize;
        if (!Buffer.concat(into).equals(content.subarray(offset, offset + length))) {
          t.fail(`${offset}+${length}`);
        }
      }
      device.close();
    });

    t.test(`sectors of ${sectorSize}: many calls in flight, each with its own`, async (t) => {
      const content = contentOf(sectorSize);
      const device = await open(content, sectorSize, false);
      const reads = Array.from({ length: SECTORS }, (_, sector) => {
        const into = Buffer.alloc(sectorSize);
        return { sector, into, done: device.read(sector * sectorSize, [into]) };
      });
      for (const { sector, into, done } of reads.reverse()) {
        await done;
        const expected = content.subarray(sector * sectorSize, (sector + 1) * sectorSize);
        t.ok(into.equals(expected), `sector ${sector}`);
      }
      device.close();
    });

    if (readOnly) continue;
    t.test(
      `sectors of ${sectorSize}: what was written is read, the rest is as it was`,
      async (t) => {
        const random = new Random(9);
        const expected = contentOf(sectorSize);
        const device = await open(Buffer.from(expected), sectorSize, true);
        for (let round = 0; round < 60; round += 1) {
          const first = random.below(SECTORS);
          const offset = first * sectorSize;
          const length = (1 + random.below(SECTORS - first)) * sectorSize;
          const from = cut(length, random);
          for (const buffer of from) buffer.set(random.bytes(buffer.length));
          await device.write?.(offset, from);
          expected.set(Buffer.concat(from), offset);
          if (random.oneIn(4)) await device.flush?.();
          const all = Buffer.alloc(end);
          await device.read(0, [all]);
          if (!all.equals(expected)) t.fail(`after a write of ${length} at ${offset}`);
        }
        device.close();
      },
    );
  }

  t.test('a closed device fails, and closes again', async (t) => {
    const device = await open(contentOf(512), 512, !readOnly);
    device.close();
    device.close();
    const sector = new Uint8Array(512);
    await t.rejects(async () => device.read(0, [sector]), { name: 'HostError' });
    if (readOnly) return;
    await t.rejects(async () => device.write?.(0, [sector]), { name: 'HostError' });
    await t.rejects(async () => device.flush?.(), { name: 'HostError' });
  });
}
