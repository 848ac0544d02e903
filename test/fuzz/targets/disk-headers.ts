import { FormatError, memorySource } from '#format';
import { readDiskSize, type WrappedFormat } from '../../../image-tools/disk/disk-size.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const FORMATS: readonly WrappedFormat[] = ['qcow2', 'vmdk', 'vdi', 'vhdx'];
const SIZE = 64 * 1024;
/** Where the readers of VHDX look for its two tables. */
const [REGIONS, METADATA] = [0x30000, 0x50000];

/** The head of a disk of each format, sound as far as its size is read from it. */
const HEADS: Readonly<Record<WrappedFormat, (random: Random) => Buffer>> = {
  qcow2(random) {
    const head = Buffer.alloc(SIZE);
    head.write('QFI\xfb', 'latin1');
    head.writeUInt32BE(random.pick([2, 3]), 4);
    head.writeBigUInt64BE(BigInt(random.edgy() >>> 0), 24);
    return head;
  },
  vmdk(random) {
    const head = Buffer.alloc(SIZE);
    head.write('KDMV', 'latin1');
    head.writeBigUInt64LE(BigInt(random.edgy() >>> 0), 12);
    head.writeBigUInt64LE(1n, 28);
    head.writeBigUInt64LE(random.oneIn(2) ? 0xffff_ffff_ffff_ffffn : 21n, 56);
    head.write(random.oneIn(2) ? 'parentCID=ffffffff\n' : 'parentFileNameHint="x"\n', 512);
    head.copy(head, SIZE - 1024, 0, 512);
    return head;
  },
  vdi(random) {
    const head = Buffer.alloc(SIZE);
    head.write('<<< Oracle VM VirtualBox Disk Image >>>\n', 'latin1');
    head.writeBigUInt64LE(BigInt(random.edgy() >>> 0), 368);
    return head;
  },
  vhdx(random) {
    const head = Buffer.alloc(METADATA + SIZE);
    head.write('vhdxfile', 'latin1');
    head.write('regi', REGIONS, 'latin1');
    head.writeUInt32LE(1, REGIONS + 8);
    Buffer.from('06a27c8b90479a4bb8fe575f050f886e', 'hex').copy(head, REGIONS + 16);
    head.writeBigUInt64LE(BigInt(METADATA), REGIONS + 32);
    head.write('metadata', METADATA, 'latin1');
    head.writeUInt16LE(2, METADATA + 10);
    Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex').copy(head, METADATA + 32);
    head.writeUInt32LE(0x8000, METADATA + 48);
    Buffer.from('2442a52f1bcd7648b2115dbed83bf4b8', 'hex').copy(head, METADATA + 64);
    head.writeUInt32LE(0x8010, METADATA + 80);
    head.writeBigUInt64LE(BigInt(random.edgy() >>> 0), METADATA + 0x8010);
    return head;
  },
};

/** Where the fields of a disk stand: mutations elsewhere change nothing. */
const FIELDS: Readonly<Record<WrappedFormat, readonly [number, number][]>> = {
  qcow2: [[0, 112]],
  vmdk: [
    [0, 80],
    [512, 560],
    [SIZE - 1024, SIZE - 900],
  ],
  vdi: [[0, 460]],
  vhdx: [
    [REGIONS, REGIONS + 64],
    [METADATA, METADATA + 100],
    [METADATA + 0x8000, METADATA + 0x8020],
  ],
};

/** Headers of wrapped disks, before qemu-img sees them: a size in proportion, or a refusal. */
export const diskHeaderTarget: FuzzTarget = {
  name: 'disk-headers',
  run(random) {
    const format = random.pick(FORMATS);
    const head = HEADS[format](random);
    const [start, end] = random.pick(FIELDS[format]);
    const changed = mutate(head.subarray(start, end), random).subarray(0, end - start);
    if (!random.oneIn(4)) changed.copy(head, start);
    const disk = random.oneIn(6) ? head.subarray(0, random.below(head.length)) : head;
    const size = refused([FormatError], () => readDiskSize(memorySource(disk), format));
    if (size === undefined) return;
    insist(Number.isSafeInteger(size) && size >= 0, `a ${format} disk of ${size} bytes`);
    insist(size <= Math.max(2 ** 30, 64 * disk.length), `a ${format} disk out of proportion`);
  },
};
