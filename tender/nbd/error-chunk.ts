import { CHUNK_BYTES, encodeChunk } from './chunk.ts';
import { Chunk } from './numbers.ts';
import type { Cookie } from './request.ts';

/** A whole chunk that ends a reply with an error: u32 error, u16 length, text for people. */
export function encodeErrorChunk(cookie: Cookie, error: number, text: string): Buffer {
  const message = Buffer.from(text);
  const bytes = Buffer.alloc(CHUNK_BYTES + 6 + message.length);
  encodeChunk(bytes, 0, Chunk.ERROR, true, cookie, 6 + message.length);
  bytes.writeUInt32BE(error, CHUNK_BYTES);
  bytes.writeUInt16BE(message.length, CHUNK_BYTES + 4);
  message.copy(bytes, CHUNK_BYTES + 6);
  return bytes;
}
