import { TenderError } from '../base/errors.ts';

/** Files that people attach by mistake, by their first bytes: too many of them for a chance likeness. */
const OTHERS: readonly [what: string, ...starts: string[]][] = [
  ['a qcow2 disk', 'QFI\xfb\0\0\0\x02', 'QFI\xfb\0\0\0\x03'],
  ['a VMDK disk', 'KDMV\x01\0\0\0', 'KDMV\x02\0\0\0', 'KDMV\x03\0\0\0'],
  ['a VHDX disk', 'vhdxfile'],
  [
    'a VDI disk',
    '<<< Oracle VM VirtualBox Disk Image >>>\n',
    '<<< QEMU VM Virtual Disk Image >>>\n',
  ],
];

/**
 * Refuses what is surely not the disk itself.
 * @param head the first bytes, 64 where there are so many
 * @throws {TenderError}
 */
export function refuseOthers(path: string, head: Uint8Array): void {
  const start = Buffer.from(head.subarray(0, 64)).toString('latin1');
  const [what] = OTHERS.find(([, ...starts]) => starts.some((one) => start.startsWith(one))) ?? [];
  if (what !== undefined) {
    const convert = 'qemu-img convert -O raw FILE disk.img';
    throw new TenderError(`${path}: ${what}; the tender reads only raw disks: ${convert}`);
  }
  if (start.startsWith('/*solo5.manifest')) {
    throw new TenderError(`${path}: a guest, not a disk; attach an image that docteur.make wrote`);
  }
}
