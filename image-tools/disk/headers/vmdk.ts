import { type ByteSource, decodeLatin1, peekBytes } from '#format';
import { notAlone, readHeader, unsound } from './read-header.ts';

const SECTOR = 512;
const MAGIC = 'KDMV';
const HEADER_SIZE = 79;
/** The directory's place if it follows the data; then a second header precedes the last sector. */
const AT_END = 0xffff_ffff_ffff_ffffn;
/** Most that qemu reads of a descriptor, in bytes, and where it always looks for one. */
const MAX_DESCRIPTOR = 20 * SECTOR;
const DESCRIPTOR_OFFSET = SECTOR;

/**
 * The size of a sparse VMDK disk (VMware's Virtual Disk Format 5.0). One without a size has a text in it
 * that names other files, or servers, to be read in its place; one with a parent names that in the same text.
 * @throws FormatError
 */
export function readVmdkSize(source: ByteSource): number {
  const first = readSparseHeader(source, 0);
  const sizes = [first.size];
  if (first.directory === AT_END) {
    const end = Math.ceil(source.size / SECTOR) * SECTOR;
    sizes.push(readSparseHeader(source, end - 2 * SECTOR).size);
  }
  if (sizes.includes(0)) throw notAlone();
  for (const offset of [DESCRIPTOR_OFFSET, first.descriptor]) checkDescriptor(source, offset);
  return Math.max(...sizes);
}

function readSparseHeader(source: ByteSource, offset: number) {
  const header = readHeader(source, offset, HEADER_SIZE);
  if (header.toString('latin1', 0, 4) !== MAGIC) throw unsound('vmdk', 'no header at its end');
  return {
    size: Number(header.readBigUInt64LE(12)) * SECTOR,
    descriptor: Number(header.readBigUInt64LE(28)) * SECTOR,
    directory: header.readBigUInt64LE(56),
  };
}

function checkDescriptor(source: ByteSource, offset: number): void {
  if (offset >= source.size) return;
  const text = decodeLatin1(peekBytes(source, offset, MAX_DESCRIPTOR).subarray(0, MAX_DESCRIPTOR));
  const parent = /parentCID=([0-9a-f]*)/i.exec(text)?.[1];
  if (/parentFileNameHint/i.test(text) || !/^(?:f{8})?$/i.test(parent ?? '')) throw notAlone();
}
