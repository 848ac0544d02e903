import { decodeU32BE, encodeU32BE, OID_LENGTH, type Oid } from '#format';
import { grown } from '../art/index.ts';
import type { Kind } from './file-system.ts';
import { KINDS } from './kind.ts';

/**
 * What an eager reader keeps of each entry beside its name, in 21 bytes: its kind, and its object's
 * id or, of a directory, the number of its tree. Entries are known by their row.
 */
export class EntryTable {
  #kinds = new Uint8Array(64);
  #values = new Uint8Array(64 * OID_LENGTH);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#kinds.byteLength + this.#values.byteLength;
  }

  /** Adds an entry whose id stands at `oidStart` of `bytes`. */
  add(kind: Exclude<Kind, 'directory'>, bytes: Uint8Array, oidStart: number): void {
    const at = this.#addRow(kind);
    this.#values.set(bytes.subarray(oidStart, oidStart + OID_LENGTH), at);
  }

  /** Adds a directory by the number of its tree, of 32 bits. */
  addDirectory(tree: number): void {
    const at = this.#addRow('directory');
    encodeU32BE(this.#values, at, tree);
  }

  kindOf(row: number): Kind {
    return KINDS[this.#kinds[row] as number] as Kind;
  }

  /** A view of the id of an entry that is no directory, valid until the next `add` or `compact`. */
  oidOf(row: number): Oid {
    return this.#values.subarray(row * OID_LENGTH, (row + 1) * OID_LENGTH);
  }

  /** The number of a directory's tree. */
  treeOf(row: number): number {
    return decodeU32BE(this.#values, row * OID_LENGTH);
  }

  /** Gives back the memory kept for growth. */
  compact(): void {
    this.#kinds = this.#kinds.slice(0, this.#count);
    this.#values = this.#values.slice(0, this.#count * OID_LENGTH);
  }

  /** Adds a row without a value; gives the place for that. */
  #addRow(kind: Kind): number {
    const row = this.#count++;
    if (row === this.#kinds.length) {
      this.#kinds = grown(this.#kinds, row + 1);
      this.#values = grown(this.#values, this.#kinds.length * OID_LENGTH);
    }
    this.#kinds[row] = KINDS.indexOf(kind);
    return row * OID_LENGTH;
  }
}
