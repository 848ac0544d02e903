import { allocateBytes } from '#format';

/** Largest buffer that is kept from one use to the next, in bytes. */
const KEPT_SIZE = 0x100000;

/** Memory that is used again and again, so that most objects leave nothing to collect. */
export class Scratch {
  #buffer = new Uint8Array(0);

  /** `size` bytes of any content, borrowed until the next call. */
  take(size: number): Uint8Array {
    if (size > KEPT_SIZE) return allocateBytes(size);
    if (size > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.min(KEPT_SIZE, 2 * size));
    }
    return this.#buffer.subarray(0, size);
  }
}

/**
 * Frees what {@link Scratch.take} or `allocateBytes` gave, if it is too large to be kept, without waiting
 * for a collection: nobody may look at it any more.
 */
export function releaseLarge({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > KEPT_SIZE && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
