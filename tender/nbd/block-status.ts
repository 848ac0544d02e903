import { CHUNK_BYTES, encodeChunk } from './chunk.ts';
import { Chunk } from './numbers.ts';
import type { Cookie } from './request.ts';

/** A run of bytes that are stored alike. */
export interface Extent {
  /** Bytes. */
  readonly length: number;
  /** In `base:allocation`: 1 for a hole, 2 for zeros, 0 for all else. */
  readonly flags: number;
}

/** A whole reply to BLOCK_STATUS: u32 context, then of each extent its length and flags. */
export function encodeBlockStatus(
  cookie: Cookie,
  context: number,
  extents: readonly Extent[],
): Buffer {
  const payload = 4 + extents.length * 8;
  const bytes = Buffer.alloc(CHUNK_BYTES + payload);
  encodeChunk(bytes, 0, Chunk.BLOCK_STATUS, true, cookie, payload);
  bytes.writeUInt32BE(context, CHUNK_BYTES);
  for (const [index, { length, flags }] of extents.entries()) {
    bytes.writeUInt32BE(length, CHUNK_BYTES + 4 + index * 8);
    bytes.writeUInt32BE(flags, CHUNK_BYTES + 8 + index * 8);
  }
  return bytes;
}
