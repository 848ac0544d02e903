/** The head of a message of vhost-user (qemu, docs/interop/vhost-user.rst). Integers are little-endian. */

/** u32 request, u32 flags, u32 bytes of payload. */
export const HEADER_BYTES = 12;
/** Most bytes of a payload: no message of ours is longer. */
export const MAX_PAYLOAD = 4096;
/** Most descriptors that come with one message: one for each region of memory. */
export const MAX_DESCRIPTORS = 8;

export const VhostRequest = {
  GET_FEATURES: 1,
  SET_FEATURES: 2,
  SET_OWNER: 3,
  RESET_OWNER: 4,
  SET_MEM_TABLE: 5,
  SET_VRING_NUM: 8,
  SET_VRING_ADDR: 9,
  SET_VRING_BASE: 10,
  GET_VRING_BASE: 11,
  SET_VRING_KICK: 12,
  SET_VRING_CALL: 13,
  SET_VRING_ERR: 14,
  GET_PROTOCOL_FEATURES: 15,
  SET_PROTOCOL_FEATURES: 16,
  GET_QUEUE_NUM: 17,
  SET_VRING_ENABLE: 18,
  SET_BACKEND_REQ_FD: 21,
  GET_CONFIG: 24,
  SET_CONFIG: 25,
} as const;

const VERSION = 1;
const VERSION_MASK = 3;
const REPLY = 4;
const NEED_REPLY = 8;

export interface MessageHeader {
  /** See `VhostRequest`; any u32. */
  readonly request: number;
  /** The front end waits for an answer even where the request has none of its own. */
  readonly needReply: boolean;
  /** Bytes of payload; hostile: any u32. */
  readonly size: number;
}

/** Undefined where there is no message of this version: nothing that follows can be understood. */
export function decodeHeader(bytes: Buffer): MessageHeader | undefined {
  const flags = bytes.readUInt32LE(4);
  if ((flags & VERSION_MASK) !== VERSION) return undefined;
  return {
    request: bytes.readUInt32LE(0),
    needReply: (flags & NEED_REPLY) !== 0,
    size: bytes.readUInt32LE(8),
  };
}

/** A message; of a back end it is a reply. */
export function encodeMessage(request: number, payload: Uint8Array, flags: number = REPLY): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32LE(request, 0);
  head.writeUInt32LE(VERSION | flags, 4);
  head.writeUInt32LE(payload.length, 8);
  return Buffer.concat([head, payload]);
}
