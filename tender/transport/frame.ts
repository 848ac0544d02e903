/**
 * Messages between the tender and the runtime in the guest's process: a header of fixed size, then
 * `length` bytes. All fields are little-endian. The tender takes every field as hostile.
 */
export const FRAME_HEADER_BYTES = 32;

/** What a frame is. */
export const FrameKind = {
  /** Tender to runtime, first of all: what the guest is. */
  BOOT: 1,
  /** Runtime to tender: what the monitor is to know. */
  EVENT: 2,
  /** Runtime to tender: a block request; its data to write follow. */
  REQUEST: 3,
  /** Tender to runtime: the outcome of a block request; data that were read follow. */
  REPLY: 4,
  /** Tender to runtime: the answer to an event that asks for one. */
  GO: 5,
} as const;

/** The fixed part of a frame. */
export interface FrameHeader {
  readonly kind: number;
  /** Bytes that follow the header. */
  readonly length: number;
  /** Names a request in its reply. */
  readonly id: number;
  /** Which device, from 0 on. */
  readonly device: number;
  /** virtio-blk request type; its status in a reply. */
  readonly code: number;
  /** Bytes that a request wants to read. */
  readonly wanted: number;
  /** In units of 512 bytes; Infinity where it is beyond 2^53 − 1. */
  readonly sector: number;
}

/** Writes a header into {@link FRAME_HEADER_BYTES}; what is not given is 0. */
export function encodeFrameHeader(into: DataView, header: Partial<FrameHeader>): void {
  const { kind = 0, length = 0, id = 0, device = 0, code = 0, wanted = 0, sector = 0 } = header;
  const words = [kind, length, id, device, code, wanted];
  words.forEach((word, index) => {
    into.setUint32(index * 4, word, true);
  });
  // A float holds every safe integer, and the Infinity that stands for all others.
  into.setFloat64(24, sector, true);
}

/** Reads a header; what its fields say is still to be checked. */
export function decodeFrameHeader(bytes: DataView): FrameHeader {
  return {
    kind: bytes.getUint32(0, true),
    length: bytes.getUint32(4, true),
    id: bytes.getUint32(8, true),
    device: bytes.getUint32(12, true),
    code: bytes.getUint32(16, true),
    wanted: bytes.getUint32(20, true),
    sector: bytes.getFloat64(24, true),
  };
}
