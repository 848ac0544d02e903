import { FormatError } from './errors.ts';
import { MAX_PATH_KEY } from './path-index-layout.ts';

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * The names of a directory one after the other, each checked to be one that a tree could hold, and
 * above the one before. A name that holds a `/` or is `..` would lead whoever unpacks it elsewhere.
 */
export class RisingName {
  /** Its first `length` bytes are the name. */
  readonly bytes = new Uint8Array(MAX_PATH_KEY);
  length = 0;

  /**
   * The next name: `common` bytes of the one before, then bytes `from`..`to` of `rest`.
   * @throws FormatError BAD_INDEX
   */
  next(common: number, rest: Uint8Array, from: number, to: number): void {
    const { bytes } = this;
    if (!this.#isBelow(common, rest, from, to)) {
      throw new FormatError('BAD_INDEX', 'keys that do not rise');
    }
    // Short as names are, a loop is faster than a view and a copy of it.
    let length = common;
    for (let at = from; at < to; at++) {
      const byte = rest[at] as number;
      if (byte === SLASH || byte === 0) {
        throw new FormatError('BAD_INDEX', 'a name with a slash or a NUL inside');
      }
      bytes[length++] = byte;
    }
    this.length = length;
    if (length <= 2 && bytes[0] === DOT && (length === 1 || bytes[1] === DOT)) {
      throw new FormatError('BAD_INDEX', 'an entry named . or ..');
    }
  }

  /** Mostly the first byte tells. */
  #isBelow(common: number, rest: Uint8Array, from: number, to: number): boolean {
    for (let i = common, at = from; at < to; i++, at++) {
      if (i === this.length) return true;
      const difference = (rest[at] as number) - (this.bytes[i] as number);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }
}
