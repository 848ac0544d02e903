import { decodeFrameHeader, FRAME_HEADER_BYTES, type FrameHeader } from './frame.ts';

/**
 * Puts frames together again out of the chunks in which a stream delivers them, however small: bytes are
 * copied to their place as they come, and no chunk is kept.
 */
export class FrameReader {
  readonly #maxPayload: (kind: number) => number;
  readonly #headerBytes = new Uint8Array(FRAME_HEADER_BYTES);
  readonly #headerView = new DataView(this.#headerBytes.buffer);
  #header: FrameHeader | undefined;
  #payload = this.#headerBytes;
  #filled = 0;
  /** What was pushed, and has not found its place: usually one chunk. */
  #chunks: Uint8Array[] = [];

  /** @param maxPayload longest payload to accept of a kind, in bytes */
  constructor(maxPayload: (kind: number) => number) {
    this.#maxPayload = maxPayload;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /**
   * The next whole frame; its payload is the caller's.
   * @throws {RangeError} where a header announces more than its kind may have
   */
  next(): { header: FrameHeader; payload: Uint8Array } | undefined {
    if (this.#header === undefined) {
      if (!this.#fill(this.#headerBytes)) return undefined;
      const header = decodeFrameHeader(this.#headerView);
      if (header.length > this.#maxPayload(header.kind)) {
        throw new RangeError(`a message of kind ${header.kind} and ${header.length} bytes`);
      }
      this.#header = header;
      // Not cleared: what nobody sends costs no memory.
      this.#payload = Buffer.allocUnsafeSlow(header.length);
      this.#filled = 0;
    }
    if (!this.#fill(this.#payload)) return undefined;
    const frame = { header: this.#header, payload: this.#payload };
    this.#header = undefined;
    this.#payload = this.#headerBytes;
    this.#filled = 0;
    return frame;
  }

  /** Moves bytes from the chunks to where they belong; whether it is full. */
  #fill(into: Uint8Array): boolean {
    while (this.#filled < into.length) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) return false;
      const part = chunk.subarray(0, into.length - this.#filled);
      into.set(part, this.#filled);
      this.#filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    return true;
  }
}
