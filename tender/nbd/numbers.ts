/**
 * The numbers of the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md). All integers on the wire are
 * big-endian.
 */

/** The default port of servers. */
export const DEFAULT_PORT = 10_809;
/** Most bytes of an export's name and of any other string. */
export const MAX_STRING = 4096;
/** Most bytes that one request may transfer, unless the server says otherwise. */
export const MAX_PAYLOAD = 32 * 1024 * 1024;

export const Option = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  STARTTLS: 5,
  INFO: 6,
  GO: 7,
  STRUCTURED_REPLY: 8,
  LIST_META_CONTEXT: 9,
  SET_META_CONTEXT: 10,
} as const;

const ERROR = 0x8000_0000;
export const OptionReply = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  META_CONTEXT: 4,
  ERR_UNSUP: ERROR + 1,
  ERR_POLICY: ERROR + 2,
  ERR_INVALID: ERROR + 3,
  ERR_TLS_REQD: ERROR + 5,
  ERR_UNKNOWN: ERROR + 6,
  ERR_TOO_BIG: ERROR + 9,
} as const;

export const Info = { EXPORT: 0, NAME: 1, DESCRIPTION: 2, BLOCK_SIZE: 3 } as const;

/** What an export is and can do. */
export const TransmissionFlag = {
  HAS_FLAGS: 1,
  READ_ONLY: 2,
  SEND_DF: 0x80,
  CAN_MULTI_CONN: 0x100,
} as const;

export const Command = {
  READ: 0,
  WRITE: 1,
  DISC: 2,
  FLUSH: 3,
  TRIM: 4,
  CACHE: 5,
  WRITE_ZEROES: 6,
  BLOCK_STATUS: 7,
} as const;

export const CommandFlag = { FUA: 1, NO_HOLE: 2, DF: 4, REQ_ONE: 8, FAST_ZERO: 16 } as const;

export const Chunk = { NONE: 0, OFFSET_DATA: 1, BLOCK_STATUS: 5, ERROR: 0x8001 } as const;
/** The last chunk of a reply. */
export const CHUNK_DONE = 1;

/** Error numbers on the wire: Linux's own. */
export const NbdErrno = {
  OK: 0,
  EPERM: 1,
  EIO: 5,
  EINVAL: 22,
  ENOTSUP: 95,
  ESHUTDOWN: 108,
} as const;
export type NbdErrno = (typeof NbdErrno)[keyof typeof NbdErrno];
