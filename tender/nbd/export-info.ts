import { Info } from './numbers.ts';
import { decodeU64, encodeU64 } from './u64.ts';

/** The INFO reply that says what an export is: u16 kind, u64 size, u16 flags. */
export interface ExportInfo {
  /** Bytes. */
  readonly size: number;
  /** See `TransmissionFlag`. */
  readonly flags: number;
}

export function encodeExportInfo({ size, flags }: ExportInfo): Buffer {
  const data = Buffer.alloc(12);
  data.writeUInt16BE(Info.EXPORT, 0);
  encodeU64(data, 2, size);
  data.writeUInt16BE(flags, 10);
  return data;
}

/** Undefined where the data are something else. */
export function decodeExportInfo(data: Buffer): ExportInfo | undefined {
  if (data.length !== 12 || data.readUInt16BE(0) !== Info.EXPORT) return undefined;
  return { size: decodeU64(data, 2), flags: data.readUInt16BE(10) };
}
