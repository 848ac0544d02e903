import type { Entry, Kind } from './entry.ts';
import { decodeUtf8 } from './utf8.ts';

/** The names of a directory, one after the other. */
export interface Names {
  /** The first `length` are a NUL, then the names with a NUL after each. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Number of names. */
  readonly count: number;
}

/** Gathers the names of a directory. */
export class NameList implements Names {
  bytes = new Uint8Array(1024);
  length = 1;
  count = 0;

  /** Adds a copy of bytes `from`..`to`. */
  add(bytes: Uint8Array, from: number, to: number): void {
    const end = this.length + to - from;
    if (end >= this.bytes.length) this.#grow(end + 1);
    const out = this.bytes;
    // Short as names are, a loop is faster than a view and a copy of it.
    for (let at = this.length, next = from; next < to; ) out[at++] = bytes[next++] as number;
    this.count += 1;
    this.length = end + 1;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(length * 2);
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

/** The entries of a directory by its names, which are borrowed for as long as an entry is in use. */
export function entriesOf(names: Names, kindAt: (place: number) => Kind): Entry[] {
  const read = new ReadNames(names);
  const entries: Entry[] = new Array(names.count);
  for (let place = 0; place < entries.length; place++) {
    entries[place] = new ListedEntry(kindAt(place), read, place);
  }
  return entries;
}

/** Names by their places; what that takes is made for all at once, when first wanted. */
class ReadNames {
  readonly #names: Names;
  #texts: readonly string[] | undefined;
  /** Where the NULs stand: name `i` lies between `nuls[i]` and `nuls[i + 1]`. */
  #nuls: Uint32Array | undefined;

  constructor(names: Names) {
    this.#names = names;
  }

  textOf(place: number): string {
    const { bytes, length } = this.#names;
    this.#texts ??= decodeUtf8(bytes.subarray(1, length)).split('\0');
    return this.#texts[place] as string;
  }

  /** A copy. */
  bytesOf(place: number): Uint8Array {
    this.#nuls ??= findNuls(this.#names);
    return this.#names.bytes.slice((this.#nuls[place] as number) + 1, this.#nuls[place + 1]);
  }
}

function findNuls({ bytes, length, count }: Names): Uint32Array {
  const nuls = new Uint32Array(count + 1);
  let found = 0;
  for (let at = 0; at < length; at++) if (bytes[at] === 0) nuls[found++] = at;
  return nuls;
}

/** Strings are made on demand: they would cost as much as the rest of a listing. */
class ListedEntry implements Entry {
  readonly kind: Kind;
  readonly #names: ReadNames;
  readonly #place: number;

  constructor(kind: Kind, names: ReadNames, place: number) {
    this.kind = kind;
    this.#names = names;
    this.#place = place;
  }

  get name(): string {
    return this.#names.textOf(this.#place);
  }

  get nameBytes(): Uint8Array {
    return this.#names.bytesOf(this.#place);
  }

  /** What JSON has of an entry, and `console.log` in Node: getters are no properties to them. */
  toJSON(): Pick<Entry, 'name' | 'kind'> {
    return { name: this.name, kind: this.kind };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return this.toJSON();
  }
}
