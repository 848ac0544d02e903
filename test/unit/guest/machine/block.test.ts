// How block devices share the memory that holds what was read of them.
import t from 'tap';
import { openBlock } from '../../../../guest/machine/block.ts';
import { createHypercalls } from '../../../../guest/machine/hypercalls.ts';
import type { BlockDevice } from '../../../../tender/block/block-device.ts';
import { createMemoryDevice } from '../../../../tender/block/memory-device.ts';
import { machineOf } from '../../../fixtures/machine.ts';

const MIB = 2 ** 20;

/** A disk that counts the bytes that are read of it. */
function countingDisk(size: number): BlockDevice & { bytesRead: number } {
  const disk = createMemoryDevice(new Uint8Array(size).fill(7));
  return {
    ...disk,
    bytesRead: 0,
    read(offset, into) {
      for (const { length } of into) this.bytesRead += length;
      return disk.read(offset, into);
    },
  };
}

/** Opens the disks, reads all of each one after the other, and says how much of each is read the second time. */
function readAgain(memory: number, sizes: readonly number[]): number[] {
  const disks = Object.fromEntries(sizes.map((size, i) => [`disk${i}`, countingDisk(size * MIB)]));
  const calls = createHypercalls(machineOf(disks, memory).machine);
  const all = Object.entries(disks).map(([name, disk]) => ({
    disk,
    bytes: openBlock(calls, name),
  }));
  return all.map(({ disk, bytes }) => {
    const readAll = () => {
      for (let at = 0; at < bytes.size; at += 4096) bytes.window(at, 4096);
    };
    readAll();
    disk.bytesRead = 0;
    readAll();
    return disk.bytesRead;
  });
}

t.test('what fits into the memory is read once', async (t) => {
  t.same(readAgain(16 * MIB, [13]), [0], 'one disk has all but what is left to other uses');
  t.same(readAgain(16 * MIB, [6, 3]), [0, 0], 'two disks, the first of which has half');
  t.not(readAgain(16 * MIB, [17])[0], 0, 'a larger one is read again');
});

t.test('many disks and little memory', async (t) => {
  const sizes = new Array(20).fill(1);
  t.equal(readAgain(4 * MIB, sizes).length, 20, 'each has a cache');
});

t.test('other uses find memory', async (t) => {
  const { machine } = machineOf({ disk: createMemoryDevice(new Uint8Array(32 * MIB)) }, 8 * MIB);
  const calls = createHypercalls(machine);
  openBlock(calls, 'disk');
  t.ok(calls.allocateShared(1.5 * MIB));
});
