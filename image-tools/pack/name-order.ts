import { OBJECT_BLOB, OBJECT_COMMIT, OBJECT_TAG, OBJECT_TREE, type ObjectType } from '#format';
import type { ObjectList } from '../source/objects.ts';

/** What a reader needs first comes first. */
const TYPE_ORDER: readonly ObjectType[] = [OBJECT_COMMIT, OBJECT_TAG, OBJECT_TREE, OBJECT_BLOB];
const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * The places of `rows` by type, extension, name, size and folder, so that versions of one file meet;
 * largest first. Names are compared where they stand: a million strings would outweigh all the rest.
 */
export function orderByName(objects: ObjectList, rows: Uint32Array): Uint32Array {
  const names = new NameColumns(objects, rows);
  return Uint32Array.from(rows.keys()).sort((a, b) => names.compare(a, b));
}

class NameColumns {
  readonly #bytes: Uint8Array;
  readonly #types: Uint8Array;
  readonly #sizes: Float64Array;
  /** Where paths begin and end in the bytes, and lengths of the names and extensions at their ends. */
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #nameLengths: Uint32Array;
  readonly #extensionLengths: Uint32Array;

  constructor(objects: ObjectList, rows: Uint32Array) {
    this.#bytes = objects.hintBytes;
    this.#types = Uint8Array.from(rows, (row) => TYPE_ORDER.indexOf(objects.typeOf(row)));
    this.#sizes = Float64Array.from(rows, (row) => objects.sizeOf(row));
    this.#starts = Float64Array.from(rows, (row) => objects.hintStartOf(row));
    this.#ends = Float64Array.from(
      rows,
      (row) => objects.hintStartOf(row) + objects.hintLengthOf(row),
    );
    this.#nameLengths = new Uint32Array(rows.length);
    this.#extensionLengths = new Uint32Array(rows.length);
    for (let place = 0; place < rows.length; place += 1) this.#splitName(place);
  }

  compare(a: number, b: number): number {
    return (
      (this.#types[a] as number) - (this.#types[b] as number) ||
      this.#compareTails(this.#extensionLengths, a, b) ||
      this.#compareTails(this.#nameLengths, a, b) ||
      (this.#sizes[b] as number) - (this.#sizes[a] as number) ||
      this.#compareFolders(b, a) ||
      a - b
    );
  }

  #splitName(place: number): void {
    const start = this.#starts[place] as number;
    const end = this.#ends[place] as number;
    let dot = -1;
    let at = end;
    for (; at > start && this.#bytes[at - 1] !== SLASH; at -= 1) {
      if (dot === -1 && this.#bytes[at - 1] === DOT) dot = at - 1;
    }
    this.#nameLengths[place] = end - at;
    // A name that begins with its only dot has no extension.
    this.#extensionLengths[place] = dot > at ? end - dot - 1 : 0;
  }

  #compareTails(lengths: Uint32Array, a: number, b: number): number {
    const aEnd = this.#ends[a] as number;
    const bEnd = this.#ends[b] as number;
    return this.#compareBytes(
      aEnd - (lengths[a] as number),
      aEnd,
      bEnd - (lengths[b] as number),
      bEnd,
    );
  }

  #compareFolders(a: number, b: number): number {
    return this.#compareBytes(
      this.#starts[a] as number,
      this.#folderEnd(a),
      this.#starts[b] as number,
      this.#folderEnd(b),
    );
  }

  #folderEnd(place: number): number {
    const nameStart = (this.#ends[place] as number) - (this.#nameLengths[place] as number);
    return Math.max(this.#starts[place] as number, nameStart - 1);
  }

  #compareBytes(a: number, aEnd: number, b: number, bEnd: number): number {
    const shared = Math.min(aEnd - a, bEnd - b);
    for (let i = 0; i < shared; i += 1) {
      const difference = (this.#bytes[a + i] as number) - (this.#bytes[b + i] as number);
      if (difference !== 0) return difference;
    }
    return aEnd - a - (bEnd - b);
  }
}
