import type { Entry, Kind } from './file-system.ts';
import { KINDS } from './kind.ts';
import { decodeUtf8 } from './utf8.ts';

const NOT_ASCII = 0x80;

/**
 * Gathers the names of a directory in one buffer, and reads them as text in one go where all are
 * ASCII: a call for each name would cost more than all else of a listing.
 */
export class NameList {
  #bytes = new Uint8Array(1024);
  #length = 0;
  readonly #ends: number[] = [];
  readonly #kinds: number[] = [];
  #bits = 0;

  /** Adds the name that is bytes `start`..`end` (copied), and the number of its kind. */
  add(bytes: Uint8Array, start: number, end: number, kind: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    for (let from = start, to = this.#length; from < end; from++, to++) {
      const byte = bytes[from] as number;
      this.#bytes[to] = byte;
      this.#bits |= byte;
    }
    this.#length = length;
    this.#ends.push(length);
    this.#kinds.push(kind);
  }

  /** The entries in the order in which they came; the list is over then. */
  entries(): Entry[] {
    const isAscii = this.#bits < NOT_ASCII;
    const text = isAscii ? decodeUtf8(this.#bytes.subarray(0, this.#length)) : '';
    let start = 0;
    return this.#ends.map((end, i) => {
      const nameBytes = this.#bytes.subarray(start, end);
      const name = isAscii ? text.slice(start, end) : decodeUtf8(nameBytes);
      start = end;
      return { name, nameBytes, kind: KINDS[this.#kinds[i] as number] as Kind };
    });
  }
}
