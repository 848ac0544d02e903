import { FormatError } from '../base/errors.ts';
import { compareBytes } from '../bytes/bytes.ts';
import type { FrontCodedKeys } from './front-coded-keys.ts';

const NUL = 0;
const SLASH = 0x2f;
const DOT = 0x2e;

/** Which entries of a leaf lie in the directory: `first` and those up to before `end`. */
export interface LeafRows {
  readonly first: number;
  readonly end: number;
}

/**
 * The names of a directory, separated by NULs: what its keys have after their prefix. Each is checked to be
 * a name that a tree can hold, and to sort after the one before: a name with a `/`, or `..`, would make an
 * extractor write somewhere else.
 */
export class DirectoryNames {
  /** The first `length` are a NUL, then the names with a NUL after each. */
  bytes: Uint8Array;
  length = 1;
  /** Number of names. */
  count = 0;
  readonly #prefix: Uint8Array;
  readonly #most: number;
  #lastStart = 0;

  /** Names of the directory with this prefix: about `expected` bytes; more than `most` are refused. */
  constructor(prefix: Uint8Array, expected: number, most: number) {
    this.#prefix = prefix;
    this.#most = most;
    this.bytes = new Uint8Array(expected);
  }

  /** A view of the last name. */
  get last(): Uint8Array {
    return this.bytes.subarray(this.#lastStart, this.length - 1);
  }

  /** Adds the names that the keys of a leaf have. @throws FormatError BAD_INDEX */
  addLeaf(keys: FrontCodedKeys): LeafRows {
    const prefix = this.#prefix;
    /** The current key, up to the length of the prefix. */
    const head = new Uint8Array(prefix.length);
    const before = this.count;
    let first = 0;
    let isInside = false;
    while (keys.next()) {
      const { bytes, shared, restStart, restEnd } = keys;
      const common = shared - prefix.length;
      // A key that shares the whole prefix with the one before is on the same side of it.
      if (common >= 0) {
        if (isInside) this.#add(common, bytes, restStart, restEnd);
        continue;
      }
      const from = Math.min(restEnd, restStart - common);
      head.set(bytes.subarray(restStart, from), shared);
      const order = compareBytes(head.subarray(0, shared + from - restStart), prefix);
      if (order > 0) break;
      isInside = order === 0 && from < restEnd;
      if (!isInside) continue;
      first = keys.read - 1;
      this.#add(0, bytes, from, restEnd);
    }
    return { first, end: first + this.count - before };
  }

  /** Adds a name: `common` bytes of the one before, which has so many, then `from`..`to` of `rest`. */
  #add(common: number, rest: Uint8Array, from: number, to: number): void {
    const start = this.length;
    const end = start + common + to - from;
    if (end >= this.bytes.length) this.#grow(end + 1);
    const { bytes } = this;
    // Short as names are, loops are faster than views and copies of them, and as fast as words.
    let last = this.#lastStart;
    let at = start;
    for (const restAt = start + common; at < restAt; ) bytes[at++] = bytes[last++] as number;
    let rises = false;
    for (let next = from; next < to; next++) {
      const byte = rest[next] as number;
      if (byte === SLASH || byte === NUL) {
        throw new FormatError('BAD_INDEX', 'a name contains a slash or a NUL');
      }
      // The first byte decides most cases; the NUL after the name before sorts below any byte of a name.
      if (!rises) {
        const order = byte - (bytes[last++] as number);
        if (order < 0) break;
        rises = order > 0;
      }
      bytes[at++] = byte;
    }
    if (!rises) throw new FormatError('BAD_INDEX', 'keys are not in ascending order');
    if (bytes[start] === DOT && isDots(bytes, start, end)) {
      throw new FormatError('BAD_INDEX', 'an entry named . or ..');
    }
    bytes[end] = NUL;
    this.#lastStart = start;
    this.length = end + 1;
    this.count += 1;
  }

  #grow(length: number): void {
    if (length > this.#most) {
      throw new FormatError('BAD_INDEX', `more than ${this.#most} bytes of names in a directory`);
    }
    const grown = new Uint8Array(length * 2);
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

/** Whether a name that begins with a dot is `.` or `..`. */
function isDots(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 || (end - start === 2 && bytes[start + 1] === DOT);
}
