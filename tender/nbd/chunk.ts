import { CHUNK_DONE, Chunk } from './numbers.ts';
import type { Cookie } from './request.ts';
import { encodeU64 } from './u64.ts';

const MAGIC = 0x668e33ef;

/** u32 magic, u16 flags, u16 type, u64 cookie, u32 length of the payload. */
export const CHUNK_BYTES = 20;
/** A chunk's head, and the u64 offset of the data after it. */
export const DATA_CHUNK_BYTES = CHUNK_BYTES + 8;

/** Writes the {@link CHUNK_BYTES} that begin a chunk of a structured reply. @param type see `Chunk` */
export function encodeChunk(
  into: Buffer,
  at: number,
  type: number,
  done: boolean,
  { high, low }: Cookie,
  length: number,
): void {
  into.writeUInt32BE(MAGIC, at);
  into.writeUInt16BE(done ? CHUNK_DONE : 0, at + 4);
  into.writeUInt16BE(type, at + 6);
  into.writeUInt32BE(high, at + 8);
  into.writeUInt32BE(low, at + 12);
  into.writeUInt32BE(length, at + 16);
}

/** Writes the {@link DATA_CHUNK_BYTES} before `length` bytes of an export from `offset` on. */
export function encodeDataChunk(
  into: Buffer,
  at: number,
  done: boolean,
  cookie: Cookie,
  offset: number,
  length: number,
): void {
  encodeChunk(into, at, Chunk.OFFSET_DATA, done, cookie, 8 + length);
  encodeU64(into, at + CHUNK_BYTES, offset);
}
