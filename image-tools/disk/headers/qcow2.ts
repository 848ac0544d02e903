import type { ByteSource } from '#format';
import { notAlone, readHeader, unsound } from './read-header.ts';

const HEADER_V2_SIZE = 72;
const HEADER_V3_SIZE = 104;
/** Incompatible feature: clusters are in another file. */
const EXTERNAL_DATA = 1n << 2n;

/** The size of a qcow2 disk (qemu's docs/interop/qcow2.txt). @throws FormatError */
export function readQcow2Size(source: ByteSource): number {
  const header = readHeader(source, 0, HEADER_V2_SIZE);
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw unsound('qcow2', `version ${version}`);
  if (header.readBigUInt64BE(8) !== 0n) throw notAlone();
  if (version === 3) {
    const features = readHeader(source, 0, HEADER_V3_SIZE).readBigUInt64BE(72);
    if ((features & EXTERNAL_DATA) !== 0n) throw notAlone();
  }
  return Number(header.readBigUInt64BE(24));
}
