import {
  decodeU32BE,
  encodeU32BE,
  FormatError,
  OID_LENGTH,
  type Oid,
  type WalkedTrees,
} from '#format';
import { RadixForest } from '../art/index.ts';
import type { Kind } from '../fs/entry.ts';

/** No root of a radix tree. */
const NOT_PLANTED = 0xffff_ffff;
const NUL = 0;
/** A buffer filled this far is not copied to free the rest. */
const WORTH_KEEPING = 7 / 8;
/** The digits of a mode are not below it; the space after them is. */
const DIGIT = 0x30;
/** The bit of a file's owner who may execute it, in the digit for the owner: DIGIT has it not. */
const OWNER_X = 1;

/**
 * All directories of an image: the trees as git has them, one behind the other in one buffer, and a
 * radix tree over the names of each directory, planted when something is first sought there: at boot
 * that would cost more than all else, for directories that may never be asked for. A directory is
 * known by its number, an entry by where its name stands.
 *
 * One thing is written over the trees' bytes: a directory's number over the first four bytes of its id,
 * which is kept once for each directory.
 */
export class TreeTable {
  #bytes: Uint8Array = new Uint8Array(0x10000);
  #length = 0;
  readonly #forest = new RadixForest();
  /** By directory: its id, where its tree begins and ends, and the root of its names. */
  #oids: Uint8Array = new Uint8Array(64 * OID_LENGTH);
  #starts: Uint32Array = new Uint32Array(64);
  #ends: Uint32Array = new Uint32Array(64);
  #roots = new Uint32Array(64);
  #count = 0;

  /** Most bytes of all trees together. */
  static readonly MAX_BYTES = RadixForest.MAX_BYTES;

  /** The directories that a walk gives, whose memory is taken over. */
  static of({ bytes, oids, starts, ends }: WalkedTrees): TreeTable {
    const table = new TreeTable();
    table.#bytes = bytes;
    table.#length = bytes.length;
    table.#oids = oids;
    table.#starts = starts;
    table.#ends = ends;
    table.#roots = new Uint32Array(starts.length).fill(NOT_PLANTED);
    table.#count = starts.length;
    return table;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    const tables = this.#oids.length + this.#starts.byteLength * 3;
    return this.#bytes.length + this.#forest.byteLength + tables;
  }

  /** A new directory by its id, which is copied. Its tree is still missing. */
  addDirectory(oid: Oid): number {
    const directory = this.#count++;
    if (directory === this.#starts.length) this.#resize(directory * 2);
    this.#oids.set(oid, directory * OID_LENGTH);
    return directory;
  }

  /** A view of a directory's id, valid until the next directory is added. */
  oidOfDirectory(directory: number): Oid {
    return this.#oids.subarray(directory * OID_LENGTH, (directory + 1) * OID_LENGTH);
  }

  /** Takes a copy of a directory's tree, which the caller checks. */
  setTree(directory: number, content: Uint8Array): void {
    const start = this.#length;
    const end = start + content.length;
    if (end > this.#bytes.length) this.#resizeBytes(Math.max(end, this.#bytes.length * 2));
    this.#bytes.set(content, start);
    this.#length = end;
    this.#starts[directory] = start;
    this.#ends[directory] = end;
    this.#roots[directory] = NOT_PLANTED;
  }

  /** Tells which directory is the entry of the tree of `parent` whose id stands at `oidStart` of that. */
  setDirectory(parent: number, oidStart: number, directory: number): void {
    encodeU32BE(this.#bytes, (this.#starts[parent] as number) + oidStart, directory);
  }

  /** Gives back the memory kept for growth. */
  compact(): void {
    this.#resize(this.#count);
    if (this.#length < this.#bytes.length * WORTH_KEEPING) this.#resizeBytes(this.#length);
  }

  /** The entry of `directory` whose name is bytes `from`..`to` of `path`; -1 if there is none. */
  find(directory: number, path: Uint8Array, from: number, to: number): number {
    return this.#forest.find(this.#rootOf(directory), this.#bytes, path, from, to);
  }

  /** The entries of `directory`, in the order of the bytes of their names: all, or those above `after`. */
  entriesOf(directory: number, after?: Uint8Array): Iterable<number> {
    const root = this.#rootOf(directory);
    if (after === undefined) return this.#forest.keys(root);
    return this.#forest.keysAbove(root, this.#bytes, after);
  }

  kindOf(entry: number): Kind {
    // Of the octal digits before the space, two tell the modes of git apart: 040000, 100644, 120000.
    const type = this.#bytes[entry - 6] as number;
    if (type === DIGIT + 4) return 'directory';
    if (type === DIGIT + 2) return 'link';
    if (type === DIGIT + 6) return 'submodule';
    return (this.#bytes[entry - 4] as number) & OWNER_X ? 'executable' : 'file';
  }

  /** A view of an entry's name. */
  nameOf(entry: number): Uint8Array {
    return this.#bytes.subarray(entry, this.#nameEnd(entry));
  }

  /** A view of the id of an entry that is no directory. */
  oidOf(entry: number): Oid {
    const at = this.#nameEnd(entry) + 1;
    return this.#bytes.subarray(at, at + OID_LENGTH);
  }

  /** The number of an entry that is a directory. */
  directoryOf(entry: number): number {
    return decodeU32BE(this.#bytes, this.#nameEnd(entry) + 1);
  }

  #nameEnd(entry: number): number {
    return this.#bytes.indexOf(NUL, entry);
  }

  #rootOf(directory: number): number {
    const root = this.#roots[directory] as number;
    return root === NOT_PLANTED ? this.#plant(directory) : root;
  }

  /** @throws FormatError BAD_TREE if a file and a directory have one name: git's order parts them */
  #plant(directory: number): number {
    const bytes = this.#bytes;
    const end = this.#ends[directory] as number;
    const names: number[] = [];
    let rises = true;
    for (let at = this.#starts[directory] as number; at < end; ) {
      while ((bytes[at] as number) >= DIGIT) at += 1;
      const name = at + 1;
      // Git sorts a directory as if a slash ended its name: few are elsewhere than here.
      if (rises && names.length > 0) rises = compareNames(bytes, names.at(-1) as number, name) < 0;
      names.push(name);
      at = bytes.indexOf(NUL, name) + 1 + OID_LENGTH;
    }
    if (!rises) sortNames(bytes, names);
    const root = this.#forest.plant(bytes, names);
    this.#roots[directory] = root;
    return root;
  }

  #resizeBytes(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }

  #resize(count: number): void {
    this.#oids = resized(this.#oids, count * OID_LENGTH);
    this.#starts = resized(this.#starts, count);
    this.#ends = resized(this.#ends, count);
    this.#roots = resized(this.#roots, count);
  }
}

function resized<T extends Uint8Array | Uint32Array>(array: T, length: number): T {
  const ArrayType = array.constructor as new (length: number) => T;
  const other = new ArrayType(length);
  other.set(array.subarray(0, length));
  return other;
}

/** @throws FormatError BAD_TREE for a name that is twice there */
function sortNames(bytes: Uint8Array, names: number[]): void {
  names.sort((a, b) => compareNames(bytes, a, b));
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as number;
    if (compareNames(bytes, names[i - 1] as number, name) === 0) {
      throw new FormatError('BAD_TREE', 'a tree contains the same name twice');
    }
  }
}

/** Compares two names in place; the NULs behind them end the shorter one. */
function compareNames(bytes: Uint8Array, a: number, b: number): number {
  let i = 0;
  while (bytes[a + i] === bytes[b + i] && bytes[a + i] !== NUL) i += 1;
  return (bytes[a + i] as number) - (bytes[b + i] as number);
}
