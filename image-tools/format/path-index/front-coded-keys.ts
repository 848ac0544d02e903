import { FormatError } from '../base/errors.ts';
import { MAX_PATH_KEY } from './layout.ts';

/** Most bytes of a length: 7 bits each, and none above {@link MAX_PATH_KEY}. */
const MAX_LENGTH_BYTES = 3;

/**
 * Walks rising keys, of which each is written as the number of bytes that it shares with the one
 * before, the number of those that follow, and these. `while (keys.next())` then read the fields.
 */
export class FrontCodedKeys {
  readonly bytes: Uint8Array;
  /** Bytes that the key shares with the one before. */
  shared = 0;
  /** Where the rest of it stands in `bytes`. */
  restStart = 0;
  restEnd = 0;
  /** How many keys have been read. */
  read = 0;
  readonly #end: number;
  #at: number;

  /** Borrows bytes `start`..`end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.restEnd = start;
    this.restStart = start;
  }

  /** The same place in the same keys, to be moved by itself. */
  clone(): FrontCodedKeys {
    const same = new FrontCodedKeys(this.bytes, this.#at, this.#end);
    same.shared = this.shared;
    same.restStart = this.restStart;
    same.restEnd = this.restEnd;
    same.read = this.read;
    return same;
  }

  /** Moves to the next key; false at the end. @throws FormatError BAD_INDEX */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const before = this.shared + (this.restEnd - this.restStart);
    const shared = this.#length();
    const rest = this.#length();
    const start = this.#at;
    if (shared > before || rest === 0 || shared + rest > MAX_PATH_KEY || rest > this.#end - start) {
      throw new FormatError('BAD_INDEX', 'a key has an impossible length', { offset: start });
    }
    this.shared = shared;
    this.restStart = start;
    this.restEnd = start + rest;
    this.#at = start + rest;
    this.read += 1;
    return true;
  }

  /**
   * Reads on to the first key above `target`, or the end: then `read` counts that key too.
   * Gives whether the last key up to `target` is `target` itself, and how many keys are up to it.
   * @throws FormatError BAD_INDEX
   */
  seek(target: Uint8Array): { readonly upTo: number; readonly found: boolean } {
    const { bytes } = this;
    const targetLength = target.length;
    /** How many bytes the last key up to the target has in common with it. */
    let common = 0;
    let found = false;
    while (this.next()) {
      // It differs from the key before where that one still agreed with the target: it is above.
      if (this.shared < common) return { upTo: this.read - 1, found };
      // It differs only after the place where the key before was already below.
      if (this.shared > common) continue;
      let at = this.restStart;
      const end = this.restEnd;
      while (at < end && common < targetLength && bytes[at] === target[common]) {
        at += 1;
        common += 1;
      }
      if (at === end) {
        found = common === targetLength;
        continue;
      }
      if (common === targetLength || (bytes[at] as number) > (target[common] as number)) {
        return { upTo: this.read - 1, found };
      }
    }
    return { upTo: this.read, found };
  }

  #length(): number {
    const byte = this.bytes[this.#at] as number;
    if (byte < 128 && this.#at < this.#end) {
      this.#at += 1;
      return byte;
    }
    return this.#longLength();
  }

  #longLength(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_LENGTH_BYTES && this.#at < this.#end; i++) {
      const byte = this.bytes[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new FormatError('BAD_INDEX', 'a length does not end', { offset: this.#at });
  }
}
