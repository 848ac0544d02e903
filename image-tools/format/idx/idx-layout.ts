import { OID_LENGTH } from '../git/oid.ts';
import { PACK_TRAILER_SIZE } from '../git/pack-header.ts';

/** Magic and version of an IDX v2. */
export const IDX_MAGIC = 0xff744f63;
export const IDX_VERSION = 2;
const HEADER_SIZE = 8;
const FAN_OUT_SIZE = 256 * 4;
/** In the 32-bit table, this bit says that the rest is an index into the 64-bit table. */
export const IDX_LARGE = 0x80000000;
/** The PACK's checksum, then the IDX's own. */
export const IDX_TRAILER_SIZE = PACK_TRAILER_SIZE + OID_LENGTH;
/** The smallest IDX, of an empty PACK. */
export const IDX_MIN_SIZE = HEADER_SIZE + FAN_OUT_SIZE + IDX_TRAILER_SIZE;

/** Where the tables of an IDX of `count` objects begin, in bytes from its start. */
export interface IdxLayout {
  readonly count: number;
  readonly fanOutAt: number;
  readonly oidsAt: number;
  readonly crcsAt: number;
  readonly offsetsAt: number;
  /** The 64-bit table; as many entries as the 32-bit one refers to. */
  readonly largeOffsetsAt: number;
}

/** The layout of an IDX of `count` objects. */
export function idxLayout(count: number): IdxLayout {
  const oidsAt = HEADER_SIZE + FAN_OUT_SIZE;
  const crcsAt = oidsAt + OID_LENGTH * count;
  const offsetsAt = crcsAt + 4 * count;
  return {
    count,
    fanOutAt: HEADER_SIZE,
    oidsAt,
    crcsAt,
    offsetsAt,
    largeOffsetsAt: offsetsAt + 4 * count,
  };
}

/** The size in bytes of an IDX of `count` objects, `largeCount` of them in the 64-bit table. */
export function idxSize(count: number, largeCount: number): number {
  return idxLayout(count).largeOffsetsAt + 8 * largeCount + IDX_TRAILER_SIZE;
}
