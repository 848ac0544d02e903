import { REPLY_HEADER } from './protocol.ts';

const HIGH = 2 ** 32;

/** Where a reply is written: a header, then a body. Offsets count from the start of the body. */
export class Reply {
  readonly bytes: Uint8Array;
  /** Bytes that a body may have. */
  readonly capacity: number;
  readonly #view: DataView;

  /** Borrows `bytes`, at least {@link REPLY_HEADER} of them. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.capacity = bytes.length - REPLY_HEADER;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16(at: number, value: number): void {
    this.#view.setUint16(REPLY_HEADER + at, value, true);
  }

  u32(at: number, value: number): void {
    this.#view.setUint32(REPLY_HEADER + at, value, true);
  }

  /** A safe integer, in two's complement if it is negative. */
  u64(at: number, value: number): void {
    this.#view.setUint32(REPLY_HEADER + at, value, true);
    this.#view.setUint32(REPLY_HEADER + at + 4, Math.floor(value / HIGH), true);
  }

  set(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, REPLY_HEADER + at);
  }

  zero(from: number, to: number): void {
    this.bytes.fill(0, REPLY_HEADER + from, REPLY_HEADER + to);
  }

  /**
   * Completes the reply to `request` with a body of `result` bytes, or with the error `-result`: gives the
   * reply's whole length.
   */
  finish(request: Uint8Array, result: number): number {
    const length = REPLY_HEADER + Math.max(0, result);
    this.#view.setUint32(0, length, true);
    this.#view.setInt32(4, Math.min(0, result), true);
    // The request's own number, which may have 64 bits.
    this.bytes.set(request.subarray(8, 16), 8);
    return length;
  }
}
