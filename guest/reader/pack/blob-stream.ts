import type { ByteSource, PackOffset } from '#format';
import { openInflateStream } from '#format';

/** Bytes that are inflated at once to be skipped. */
const SKIP_LENGTH = 0x10000;

/** An undeltified blob that is read forward, piece by piece, and never held whole. */
export class BlobStream {
  readonly dataOffset: PackOffset;
  readonly #size: number;
  readonly #inflateInto: (out: Uint8Array) => void;
  #position = 0;

  /** A blob of `size` bytes whose zlib stream begins at `dataOffset` of `pack`. */
  constructor(pack: ByteSource, dataOffset: PackOffset, size: number) {
    this.dataOffset = dataOffset;
    this.#size = size;
    this.#inflateInto = openInflateStream(pack, dataOffset, size);
  }

  /** Where the next byte comes from; what lies before is gone. */
  get position(): number {
    return this.#position;
  }

  /**
   * At most `length` bytes from `offset`, which is not before `position`; in a new buffer.
   * @throws FormatError BAD_ZLIB, TRUNCATED
   */
  read(offset: number, length: number): Uint8Array {
    const start = Math.min(offset, this.#size);
    const skipped = new Uint8Array(Math.min(SKIP_LENGTH, start - this.#position));
    while (this.#position < start) {
      this.#next(skipped.subarray(0, Math.min(skipped.length, start - this.#position)));
    }
    const part = new Uint8Array(Math.min(length, this.#size - start));
    this.#next(part);
    return part;
  }

  #next(out: Uint8Array): void {
    this.#inflateInto(out);
    this.#position += out.length;
  }
}
