import type { Entry, Kind } from './file-system.ts';
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
  readonly #kinds: Kind[] = [];
  #lastStart = 0;
  /** All bits that any byte has. */
  #bits = 0;

  /**
   * Adds a name and its kind: the first `common` bytes of the name before it, then bytes
   * `from`..`to` of `bytes`, which are copied.
   */
  add(bytes: Uint8Array, common: number, from: number, to: number, kind: Kind): void {
    const start = this.#length;
    this.#reserve(start + common + to - from);
    const out = this.#bytes;
    let bits = this.#bits;
    let end = start;
    // Short as names are, loops are faster than views and copies of them.
    for (let at = this.#lastStart; end < start + common; ) out[end++] = out[at++] as number;
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      out[end++] = byte;
      bits |= byte;
    }
    this.#bits = bits;
    this.#lastStart = start;
    this.#length = end;
    this.#ends.push(end);
    this.#kinds.push(kind);
  }

  /** The entries in the order in which they came; the list is over then. */
  entries(): Entry[] {
    const isAscii = this.#bits < NOT_ASCII;
    const text = isAscii ? decodeUtf8(this.#bytes.subarray(0, this.#length)) : '';
    let start = 0;
    return this.#ends.map((end, i) => {
      const name = isAscii ? text.slice(start, end) : decodeUtf8(this.#bytes.subarray(start, end));
      const kind = this.#kinds[i] as Kind;
      const entry = new ListedEntry(name, kind, this.#bytes, start, end);
      start = end;
      return entry;
    });
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = new Uint8Array(length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Its bytes are copied when they are asked for: most are not, and that is most of the cost. */
class ListedEntry implements Entry {
  readonly name: string;
  readonly kind: Kind;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(name: string, kind: Kind, bytes: Uint8Array, start: number, end: number) {
    this.name = name;
    this.kind = kind;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get nameBytes(): Uint8Array {
    return this.#bytes.slice(this.#start, this.#end);
  }
}
