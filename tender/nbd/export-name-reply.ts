import type { ExportInfo } from './export-info.ts';
import { decodeU64, encodeU64 } from './u64.ts';

const ZEROES = 124;

/** The answer to EXPORT_NAME, which is no option reply: u64 size, u16 flags, and zeros for old clients. */
export function encodeExportNameReply({ size, flags }: ExportInfo, noZeroes: boolean): Buffer {
  const data = Buffer.alloc(noZeroes ? 10 : 10 + ZEROES);
  encodeU64(data, 0, size);
  data.writeUInt16BE(flags, 8);
  return data;
}

/** Bytes of {@link decodeExportNameReply}. */
export function exportNameReplyBytes(noZeroes: boolean): number {
  return noZeroes ? 10 : 10 + ZEROES;
}

export function decodeExportNameReply(bytes: Buffer): ExportInfo {
  return { size: decodeU64(bytes, 0), flags: bytes.readUInt16BE(8) };
}
