/**
 * Messages between the tender and the runtime in the guest's process: a header of fixed size, then
 * `length` bytes. All fields are little-endian. The tender takes every field as hostile.
 */
export const FRAME_HEADER_BYTES = 40;

/**
 * Most bytes of a chain, its readable and its writable part each, that travel as a message: four
 * times what a block request may hold.
 */
export const MAX_CHAIN_BYTES = 16 * 1024 * 1024;

/** Most bytes of an event: a line of 4,000 characters that JSON has to escape, and what is around it. */
export const MAX_EVENT_BYTES = 32 * 1024;

/** Most bytes of what V8 made of a guest's script. */
export const MAX_CODE_BYTES = 16 * 1024 * 1024;

/** What a frame is. */
export const FrameKind = {
  /** Tender to runtime, first of all: what the guest is. */
  BOOT: 1,
  /** Runtime to tender: what the monitor is to know. */
  EVENT: 2,
  /** Runtime to tender: a chain of descriptors; what the device reads follows. */
  REQUEST: 3,
  /** Tender to runtime: the chain is done; what the device wrote follows. */
  REPLY: 4,
  /** Tender to runtime: the answer to an event that asks for one. */
  GO: 5,
  /** Runtime to tender: asks for the same after a delay. One is pending: the last. */
  ALARM: 6,
  /** Runtime to tender, once, where it is asked for, before the guest begins: what V8 made of the script. */
  CODE: 7,
} as const;

/** The fixed part of a frame. */
export interface FrameHeader {
  readonly kind: number;
  /** Bytes that follow the header. */
  readonly length: number;
  /** Names a request in its reply, an alarm in the answer. */
  readonly id: number;
  /** Which device, from 0 on. */
  readonly device: number;
  /** Which of the device's queues, from 0 on. */
  readonly queue: number;
  /** Of a request: bytes that the device may write. */
  readonly wanted: number;
  /** Of a reply: bytes for the end of the `wanted` ones; the payload before them goes to the start. */
  readonly back: number;
  /** Of an alarm, in milliseconds; hostile: any number at all. */
  readonly delay: number;
}

/** Writes a header into {@link FRAME_HEADER_BYTES}; what is not given is 0. */
export function encodeFrameHeader(into: DataView, header: Partial<FrameHeader>): void {
  const { kind = 0, length = 0, id = 0, device = 0, queue = 0, wanted = 0, back = 0 } = header;
  const words = [kind, length, id, device, queue, wanted, back, 0];
  words.forEach((word, index) => {
    into.setUint32(index * 4, word, true);
  });
  into.setFloat64(32, header.delay ?? 0, true);
}

/** Reads a header; what its fields say is still to be checked. */
export function decodeFrameHeader(bytes: DataView): FrameHeader {
  return {
    kind: bytes.getUint32(0, true),
    length: bytes.getUint32(4, true),
    id: bytes.getUint32(8, true),
    device: bytes.getUint32(12, true),
    queue: bytes.getUint32(16, true),
    wanted: bytes.getUint32(20, true),
    back: bytes.getUint32(24, true),
    delay: bytes.getFloat64(32, true),
  };
}
