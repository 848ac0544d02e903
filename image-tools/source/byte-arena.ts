import { grown, shared } from '../base/columns.ts';

/** Byte strings one after the other in one growing buffer. */
export class ByteArena {
  #bytes: Uint8Array;
  #used: number;

  constructor(bytes: Uint8Array = new Uint8Array(4096), used = 0) {
    this.#bytes = bytes;
    this.#used = used;
  }

  /** All bytes added so far: a view, valid until the next `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Copies `bytes` in and gives where they begin. */
  add(bytes: Uint8Array): number {
    const start = this.#used;
    const end = start + bytes.length;
    if (end > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, Math.max(end, this.#bytes.length * 2));
    }
    this.#bytes.set(bytes, start);
    this.#used = end;
    return start;
  }

  /** Moves all bytes into memory that threads share, and gives them. */
  share(): Uint8Array {
    this.#bytes = shared(this.bytes);
    return this.#bytes;
  }

  /** A view of what was added, valid until the next `add`. */
  view(start: number, length: number): Uint8Array {
    return this.#bytes.subarray(start, start + length);
  }
}
