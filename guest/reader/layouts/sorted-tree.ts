import {
  FormatError,
  KINDS,
  kindOfMode,
  OID_LENGTH,
  type Oid,
  type PackOffset,
  TreeCursor,
} from '#format';
import type { Kind } from '../fs/entry.ts';

/** A word has this much room for the number of a kind beside the end of a name. */
const KIND_ROOM = 8;
const ENTRY_WORDS = 4;
const WORD = 2 ** 32;
/** Always true with the default limits, which refuse larger trees earlier. */
const MAX_BYTES = 2 ** 29 - 1;
/** What a tree takes besides, about. */
const OBJECT_BYTES = 400;

/**
 * The content of one tree, to be searched by name: flat arrays, in the order of the bytes of the
 * names (git's own order differs where directories are). Entries are known by their rank in it.
 *
 * All is in one buffer: of the trees that come and go, engines copy what is not.
 */
export class SortedTree {
  readonly count: number;
  /** For whoever keeps it: it was asked for since it came to its place. */
  isUsed = false;
  /** The same: the id under which its object was read, where that is checked. */
  readonly oid: Oid | undefined;
  readonly #bytes: Uint8Array;
  /**
   * By rank, four words: where the name begins; where it ends (a NUL and the id follow), and the kind; and the
   * PACK offset that a look-up of the id gave before, 0 if unknown, its low half first.
   */
  readonly #words: Uint32Array;

  /** Copies `content`, a tree's, and `oid`. @throws FormatError BAD_TREE, also for a name that is twice there */
  constructor(content: Uint8Array, oid?: Oid) {
    this.oid = oid?.slice();
    const sorted = sortedWords(content);
    this.count = sorted.length / 2;
    const bytesAt = this.count * ENTRY_WORDS * 4;
    const buffer = new ArrayBuffer(bytesAt + content.length);
    this.#words = new Uint32Array(buffer, 0, this.count * ENTRY_WORDS);
    this.#bytes = new Uint8Array(buffer, bytesAt);
    this.#bytes.set(content);
    for (let rank = 0; rank < this.count; rank++) {
      this.#words[ENTRY_WORDS * rank] = sorted[2 * rank] as number;
      this.#words[ENTRY_WORDS * rank + 1] = sorted[2 * rank + 1] as number;
    }
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#bytes.length + this.count * ENTRY_WORDS * 4 + OBJECT_BYTES;
  }

  /** The rank of the entry whose name is bytes `from`..`to` of `path`; -1 if there is none. */
  find(path: Uint8Array, from: number, to: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, path, from, to);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  /** The rank of the first entry whose name is above `name`, or the number of entries. */
  rankAbove(name: Uint8Array): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, name, 0, name.length) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  kindOf(rank: number): Kind {
    return KINDS[(this.#words[ENTRY_WORDS * rank + 1] as number) % KIND_ROOM] as Kind;
  }

  /** A view of an entry's name. */
  nameOf(rank: number): Uint8Array {
    return this.#bytes.subarray(this.#words[ENTRY_WORDS * rank], this.#endOf(rank));
  }

  /** A view of an entry's id. */
  oidOf(rank: number): Uint8Array {
    const start = this.#endOf(rank) + 1;
    return this.#bytes.subarray(start, start + OID_LENGTH);
  }

  /** The entry's PACK offset if {@link rememberPackOffset} was told, or else 0. */
  packOffsetOf(rank: number): PackOffset {
    const low = this.#words[ENTRY_WORDS * rank + 2] as number;
    return low + WORD * (this.#words[ENTRY_WORDS * rank + 3] as number);
  }

  rememberPackOffset(rank: number, packOffset: PackOffset): void {
    this.#words[ENTRY_WORDS * rank + 2] = packOffset % WORD;
    this.#words[ENTRY_WORDS * rank + 3] = packOffset / WORD;
  }

  #endOf(rank: number): number {
    return Math.floor((this.#words[ENTRY_WORDS * rank + 1] as number) / KIND_ROOM);
  }

  #compare(rank: number, path: Uint8Array, from: number, to: number): number {
    const start = this.#words[ENTRY_WORDS * rank] as number;
    const length = this.#endOf(rank) - start;
    const common = Math.min(length, to - from);
    for (let i = 0; i < common; i++) {
      const difference = (this.#bytes[start + i] as number) - (path[from + i] as number);
      if (difference !== 0) return difference;
    }
    return length - (to - from);
  }
}

/** @throws FormatError BAD_TREE, LIMIT */
function sortedWords(bytes: Uint8Array): ArrayLike<number> {
  if (bytes.length > MAX_BYTES) {
    throw new FormatError('LIMIT', `a tree of ${bytes.length} bytes, at most ${MAX_BYTES} allowed`);
  }
  const found: number[] = [];
  const cursor = new TreeCursor(bytes);
  let rises = true;
  while (cursor.next()) {
    const { nameStart, nameEnd } = cursor;
    const before = found.at(-2);
    // Git sorts a directory as if a slash ended its name: few are elsewhere than here.
    if (rises && before !== undefined) rises = compareNames(bytes, before, nameStart) < 0;
    found.push(nameStart, nameEnd * KIND_ROOM + KINDS.indexOf(kindOfMode(cursor.mode)));
  }
  if (rises) return found;
  const words = Uint32Array.from(found);
  const order = Uint32Array.from({ length: words.length / 2 }, (_, i) => i);
  order.sort((a, b) => compareNames(bytes, words[2 * a] as number, words[2 * b] as number));
  const sorted = new Uint32Array(words.length);
  order.forEach((from, rank) => {
    sorted[2 * rank] = words[2 * from] as number;
    sorted[2 * rank + 1] = words[2 * from + 1] as number;
    const start = sorted[2 * rank] as number;
    if (rank > 0 && compareNames(bytes, sorted[2 * rank - 2] as number, start) === 0) {
      throw new FormatError('BAD_TREE', 'a tree contains the same name twice', { offset: start });
    }
  });
  return sorted;
}

/** Compares two names in place; the NULs behind them end the shorter one. */
function compareNames(bytes: Uint8Array, a: number, b: number): number {
  let i = 0;
  while (bytes[a + i] === bytes[b + i] && bytes[a + i] !== 0) i += 1;
  return (bytes[a + i] as number) - (bytes[b + i] as number);
}
