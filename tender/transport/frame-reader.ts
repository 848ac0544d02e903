import { decodeFrameHeader, FRAME_HEADER_BYTES, type FrameHeader } from './frame.ts';

/** Puts frames together again out of the chunks in which a stream delivers them. */
export class FrameReader {
  readonly #maxPayload: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #header: FrameHeader | undefined;

  /** @param maxPayload longest payload to accept, in bytes */
  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /**
   * The next whole frame; its payload is the caller's.
   * @throws {RangeError} where a header announces more than `maxPayload`
   */
  next(): { header: FrameHeader; payload: Uint8Array } | undefined {
    if (this.#header === undefined) {
      if (this.#buffered < FRAME_HEADER_BYTES) return undefined;
      const bytes = this.#take(FRAME_HEADER_BYTES);
      this.#header = decodeFrameHeader(new DataView(bytes.buffer, bytes.byteOffset));
      if (this.#header.length > this.#maxPayload) {
        throw new RangeError(`a message of ${this.#header.length} bytes`);
      }
    }
    const header = this.#header;
    if (this.#buffered < header.length) return undefined;
    this.#header = undefined;
    return { header, payload: this.#take(header.length) };
  }

  #take(length: number): Uint8Array {
    let [first] = this.#chunks;
    if (this.#chunks.length > 1 && (first?.length ?? 0) < length) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    if (first === undefined) return new Uint8Array(0);
    this.#buffered -= length;
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    return first.subarray(0, length);
  }
}
