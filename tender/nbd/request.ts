import { decodeU64, encodeU64 } from './u64.ts';

const MAGIC = 0x25609513;

/** u32 magic, u16 flags, u16 type, u64 cookie, u64 offset, u32 length. */
export const REQUEST_BYTES = 28;

/** A client's own name for a request, which its reply repeats: two halves of 64 bits. */
export interface Cookie {
  readonly high: number;
  readonly low: number;
}

/** A request in transmission. Everything in it is hostile. */
export interface Request extends Cookie {
  /** See `CommandFlag`. */
  readonly flags: number;
  /** See `Command`. */
  readonly type: number;
  /** Bytes; Infinity where the field is beyond 2^53 − 1. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Undefined where there is no request: nothing that follows can be understood. */
export function decodeRequest(bytes: Buffer, at = 0): Request | undefined {
  if (bytes.readUInt32BE(at) !== MAGIC) return undefined;
  return {
    flags: bytes.readUInt16BE(at + 4),
    type: bytes.readUInt16BE(at + 6),
    high: bytes.readUInt32BE(at + 8),
    low: bytes.readUInt32BE(at + 12),
    offset: decodeU64(bytes, at + 16),
    length: bytes.readUInt32BE(at + 24),
  };
}

export function encodeRequest(request: Request): Buffer {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt16BE(request.flags, 4);
  bytes.writeUInt16BE(request.type, 6);
  bytes.writeUInt32BE(request.high, 8);
  bytes.writeUInt32BE(request.low, 12);
  encodeU64(bytes, 16, request.offset);
  bytes.writeUInt32BE(request.length, 24);
  return bytes;
}
