// What a process without a network, and the one that fetches for it, say to each other. Integers are little-endian.

/** Of a request: u32 id, u32 length, u64 offset. */
export const REQUEST_BYTES = 16;
/** Of a reply's head: u32 id, u32 status, u32 length. */
export const REPLY_BYTES = 12;
/** Most bytes of one request. */
export const MAX_LENGTH = 1024 * 1024;
/** Most requests that are not answered: more are no client of ours. */
export const MAX_REQUESTS = 64;
/** Most bytes of the words of a failure. */
export const MAX_WORDS = 4096;

/** The data follow. */
export const DONE = 0;
/** What is wrong follows, as a line of text. */
export const FAILED = 1;

const HIGH = 2 ** 32;
const MAX_HIGH = 2 ** 21;

/** Bytes of an image that are wanted. */
export interface FetchRequest {
  /** Names it in the reply. */
  readonly id: number;
  readonly offset: number;
  readonly length: number;
}

/** What stands before the bytes of a reply. */
export interface FetchReply {
  readonly id: number;
  readonly status: number;
  readonly length: number;
}

export function encodeRequest({ id, offset, length }: FetchRequest): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(REQUEST_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, length, true);
  view.setUint32(8, offset % HIGH, true);
  view.setUint32(12, Math.floor(offset / HIGH), true);
  return bytes;
}

/**
 * @param bytes {@link REQUEST_BYTES} of them
 * @param size bytes of the image
 * @returns undefined for what is not inside the image, or longer than is allowed
 */
export function decodeRequest(bytes: Uint8Array, size: number): FetchRequest | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true);
  const high = view.getUint32(12, true);
  if (high >= MAX_HIGH || length === 0 || length > MAX_LENGTH) return undefined;
  const offset = high * HIGH + view.getUint32(8, true);
  return offset + length <= size ? { id: view.getUint32(0, true), offset, length } : undefined;
}

export function encodeReply({ id, status, length }: FetchReply): Uint8Array {
  const bytes = new Uint8Array(REPLY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, status, true);
  view.setUint32(8, length, true);
  return bytes;
}

/** @param view {@link REPLY_BYTES}; what it says is still to be compared with what was asked */
export function decodeReply(view: DataView): FetchReply {
  return {
    id: view.getUint32(0, true),
    status: view.getUint32(4, true),
    length: view.getUint32(8, true),
  };
}
