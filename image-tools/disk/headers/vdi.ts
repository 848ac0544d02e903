import type { ByteSource } from '#format';
import { notAlone, readHeader } from './read-header.ts';

const HEADER_SIZE = 456;
/** The ids of the disks that this one depends on: its link and its parent. */
const LINKS = { start: 424, end: 456 };

/** The size of a VDI disk (qemu's block/vdi.c). @throws FormatError */
export function readVdiSize(source: ByteSource): number {
  const header = readHeader(source, 0, HEADER_SIZE);
  if (header.subarray(LINKS.start, LINKS.end).some((byte) => byte !== 0)) throw notAlone();
  return Number(header.readBigUInt64LE(368));
}
