import type { ByteSource } from '#format';
import { notAlone, readHeader, unsound } from './read-header.ts';

const REGION_TABLE = { offset: 0x30000, size: 0x10000, headSize: 16 };
const METADATA = { size: 0x10000, headSize: 32 };
const ENTRY_SIZE = 32;
/** Most entries of either table. */
const MAX_ENTRIES = 2047;
const METADATA_REGION = '8b7ca206-4790-4b9a-b8fe-575f050f886e';
const FILE_PARAMETERS = 'caa16737-fa36-4d43-b3b6-33f0aa44e76b';
const DISK_SIZE = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
const PARENT_LOCATOR = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';
const HAS_PARENT = 2;

/** The size of a VHDX disk (MS-VHDX, 2.2.3 and 2.6). @throws FormatError */
export function readVhdxSize(source: ByteSource): number {
  const table = readHeader(source, REGION_TABLE.offset, REGION_TABLE.size);
  const region = entries(table, 'regi', table.readUInt32LE(8), REGION_TABLE.headSize);
  const metadataEntry = region.get(METADATA_REGION);
  if (metadataEntry === undefined) throw unsound('vhdx', 'no metadata');
  const at = Number(metadataEntry.readBigUInt64LE(16));
  const metadata = readHeader(source, at, METADATA.size);
  const items = entries(metadata, 'metadata', metadata.readUInt16LE(10), METADATA.headSize);
  const item = (id: string, size: number): Buffer => {
    const entry = items.get(id);
    if (entry === undefined) throw unsound('vhdx', 'an item of its metadata is missing');
    return readHeader(source, at + entry.readUInt32LE(16), size);
  };
  const isChild = (item(FILE_PARAMETERS, 8).readUInt32LE(4) & HAS_PARENT) !== 0;
  if (isChild || items.has(PARENT_LOCATOR)) throw notAlone();
  return Number(item(DISK_SIZE, 8).readBigUInt64LE(0));
}

/** The entries of a table, by their ids. */
function entries(
  table: Buffer,
  signature: string,
  count: number,
  headSize: number,
): Map<string, Buffer> {
  if (!table.toString('latin1').startsWith(signature)) throw unsound('vhdx', `no ${signature}`);
  if (count > MAX_ENTRIES) throw unsound('vhdx', `a table of ${count} entries`);
  const found = new Map<string, Buffer>();
  for (let at = headSize; found.size < count; at += ENTRY_SIZE) {
    const id = guid(table.subarray(at, at + 16));
    if (found.has(id)) throw unsound('vhdx', 'two entries of one id');
    found.set(id, table.subarray(at, at + ENTRY_SIZE));
  }
  return found;
}

/** Its first three parts are little-endian. */
function guid(bytes: Buffer): string {
  const part = (start: number, end: number) => bytes.subarray(start, end).toString('hex');
  const turned = (start: number, end: number) =>
    Buffer.from(bytes.subarray(start, end)).reverse().toString('hex');
  return [turned(0, 4), turned(4, 6), turned(6, 8), part(8, 10), part(10, 16)].join('-');
}
