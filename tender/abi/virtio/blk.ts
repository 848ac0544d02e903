/** The block device of virtio 1.2, section 5.2. All fields are little-endian. */

/** Unit of `sector` and of the capacity, whatever the device's block size, in bytes. */
export const VIRTIO_SECTOR = 512;

/** Request types (section 5.2.6). */
export const BlockRequestType = { IN: 0, OUT: 1, FLUSH: 4, GET_ID: 8 } as const;

/** The byte that ends every request. */
export const BlockStatus = { OK: 0, IOERR: 1, UNSUPP: 2 } as const;
export type BlockStatus = (typeof BlockStatus)[keyof typeof BlockStatus];

/** Feature bits (sections 5.2.3 and 6). Those offered bind the guest without negotiation. */
export const BlockFeature = {
  /** Configuration: `seg_max` is there. */
  SEG_MAX: 1 << 2,
  /** The device is read-only. */
  RO: 1 << 5,
  /** Configuration: `blk_size` is there. */
  BLK_SIZE: 1 << 6,
  /** The device has a cache, and FLUSH. */
  FLUSH: 1 << 9,
} as const;

/** Bytes of a request's header: u32 type, u32 reserved, u64 sector. */
export const BLOCK_HEADER_BYTES = 16;
/** Bytes that GET_ID gives. */
export const BLOCK_ID_BYTES = 20;
/** Most data bytes in one request; the device fails longer ones with IOERR. */
export const MAX_TRANSFER = 4 * 1024 * 1024;

/** The head of a request (section 5.2.6). */
export interface BlockHeader {
  readonly type: number;
  /** In units of {@link VIRTIO_SECTOR}; Infinity where the field is beyond 2^53 − 1. */
  readonly sector: number;
}

/** The part of the configuration space (section 5.2.4) that this device fills. */
export interface BlockConfig {
  /** In units of {@link VIRTIO_SECTOR}. */
  readonly capacity: number;
  /** Most data buffers in one request. */
  readonly segMax: number;
  /** Bytes; offsets and lengths of requests are multiples of it. */
  readonly blockSize: number;
}

/** Bytes of the configuration space, up to the end of `blk_size`. */
const BLOCK_CONFIG_BYTES = 24;

function decodeU64(bytes: DataView, at: number): number {
  const value = bytes.getUint32(at + 4, true) * 2 ** 32 + bytes.getUint32(at, true);
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY;
}

function encodeU64(bytes: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a u64: ${value}`);
  bytes.setUint32(at, value % 2 ** 32, true);
  bytes.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

/** Reads {@link BLOCK_HEADER_BYTES}, which are there; what they say is still to be checked. */
export function decodeBlockHeader(bytes: DataView, at = 0): BlockHeader {
  return { type: bytes.getUint32(at, true), sector: decodeU64(bytes, at + 8) };
}

/** Writes {@link BLOCK_HEADER_BYTES}. @throws {RangeError} for a sector that is no u64 */
export function encodeBlockHeader(bytes: DataView, at: number, header: BlockHeader): void {
  bytes.setUint32(at, header.type, true);
  bytes.setUint32(at + 4, 0, true);
  encodeU64(bytes, at + 8, header.sector);
}

/** Reads a configuration space of the size that {@link encodeBlockConfig} makes. */
export function decodeBlockConfig(space: Uint8Array): BlockConfig {
  const view = new DataView(space.buffer, space.byteOffset, space.byteLength);
  return {
    capacity: decodeU64(view, 0),
    segMax: view.getUint32(12, true),
    blockSize: view.getUint32(20, true),
  };
}

/** A fresh configuration space; `size_max` and `geometry` stay zero (their features are off). */
export function encodeBlockConfig(config: BlockConfig): Uint8Array {
  const space = new Uint8Array(BLOCK_CONFIG_BYTES);
  const view = new DataView(space.buffer);
  encodeU64(view, 0, config.capacity);
  view.setUint32(12, config.segMax, true);
  view.setUint32(20, config.blockSize, true);
  return space;
}
