import {
  compareBytes,
  FormatError,
  KINDS,
  kindOfMode,
  OID_LENGTH,
  type PackOffset,
  TreeCursor,
} from '#format';
import type { Kind } from '../fs/entry.ts';

/**
 * The content of one tree, to be searched by name: flat arrays, in the order of the bytes of the
 * names (git's own order differs where directories are). Entries are known by their rank in it.
 */
export class SortedTree {
  readonly #bytes: Uint8Array;
  readonly #kinds: Uint8Array;
  /** Where each entry's name begins and ends; a NUL and the id follow it. */
  readonly #nameStarts: Uint32Array;
  readonly #nameEnds: Uint32Array;
  /** What look-ups of the entries' ids gave before; 0 is unknown. */
  readonly #packOffsets: Float64Array;

  /** Borrows `bytes`, a tree's content. @throws FormatError BAD_TREE, also for a name that is twice there */
  constructor(bytes: Uint8Array) {
    const order = sortedEntries(bytes);
    this.#bytes = bytes;
    this.#kinds = Uint8Array.from(order, ({ kind }) => kind);
    this.#nameStarts = Uint32Array.from(order, ({ start }) => start);
    this.#nameEnds = Uint32Array.from(order, ({ end }) => end);
    this.#packOffsets = new Float64Array(order.length);
  }

  get count(): number {
    return this.#kinds.length;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#bytes.length + this.count * (1 + 4 + 4 + 8);
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
    return KINDS[this.#kinds[rank] as number] as Kind;
  }

  /** A view of an entry's name. */
  nameOf(rank: number): Uint8Array {
    return this.#bytes.subarray(this.#nameStarts[rank], this.#nameEnds[rank]);
  }

  /** A view of an entry's id. */
  oidOf(rank: number): Uint8Array {
    const start = (this.#nameEnds[rank] as number) + 1;
    return this.#bytes.subarray(start, start + OID_LENGTH);
  }

  /** The entry's PACK offset if {@link rememberPackOffset} was told, or else 0. */
  packOffsetOf(rank: number): PackOffset {
    return this.#packOffsets[rank] as number;
  }

  rememberPackOffset(rank: number, packOffset: PackOffset): void {
    this.#packOffsets[rank] = packOffset;
  }

  #compare(rank: number, path: Uint8Array, from: number, to: number): number {
    const start = this.#nameStarts[rank] as number;
    const length = (this.#nameEnds[rank] as number) - start;
    const common = Math.min(length, to - from);
    for (let i = 0; i < common; i++) {
      const difference = (this.#bytes[start + i] as number) - (path[from + i] as number);
      if (difference !== 0) return difference;
    }
    return length - (to - from);
  }
}

interface Place {
  readonly kind: number;
  readonly start: number;
  readonly end: number;
}

function sortedEntries(bytes: Uint8Array): Place[] {
  const entries: Place[] = [];
  const cursor = new TreeCursor(bytes);
  while (cursor.next()) {
    const kind = KINDS.indexOf(kindOfMode(cursor.mode));
    entries.push({ kind, start: cursor.nameStart, end: cursor.nameEnd });
  }
  const name = ({ start, end }: Place) => bytes.subarray(start, end);
  // Almost sorted already, which costs the sort little more than one comparison an entry.
  entries.sort((a, b) => compareBytes(name(a), name(b)));
  let last: Place | undefined;
  for (const entry of entries) {
    if (last !== undefined && compareBytes(name(last), name(entry)) === 0) {
      throw new FormatError('BAD_TREE', 'a tree with the same name twice', { offset: entry.start });
    }
    last = entry;
  }
  return entries;
}
