import { type ByteSource, FormatError } from '#format';
import { readQcow2Size } from './headers/qcow2.ts';
import { readVdiSize } from './headers/vdi.ts';
import { readVhdxSize } from './headers/vhdx.ts';
import { readVmdkSize } from './headers/vmdk.ts';

/** Larger disks are refused, in bytes: a small file may claim any size. */
const MAX_DISK_SIZE = 2 ** 44;
/** Bytes that any disk may have; a larger one may have this many times the bytes of its file. */
const FREE_SIZE = 2 ** 30;
const MAX_RATIO = 64;

const READERS = {
  qcow2: readQcow2Size,
  vmdk: readVmdkSize,
  vdi: readVdiSize,
  vhdx: readVhdxSize,
} as const;

/** Formats that hold a disk in something else than its own bytes. */
export type WrappedFormat = keyof typeof READERS;

/**
 * The size of the disk in a file of another format, by its header; before anybody else reads that.
 * @throws FormatError BAD_SUPERBLOCK for no sound header, or one that names other files; LIMIT for a size
 * that is out of proportion
 */
export function readDiskSize(source: ByteSource, format: WrappedFormat): number {
  const size = READERS[format](source);
  const most = Math.min(MAX_DISK_SIZE, Math.max(FREE_SIZE, source.size * MAX_RATIO));
  if (size <= most) return size;
  const words = `a file of ${source.size} bytes claims a disk of ${size} bytes, at most ${most} allowed`;
  throw new FormatError('LIMIT', words);
}
