import { createHash, type Hash } from 'node:crypto';
import {
  type Commit,
  compareTreeNames,
  decodeCommit,
  decodeLatin1,
  encodeObjectPrefix,
  equalBytes,
  FormatError,
  type Idx,
  MODE_SUBMODULE,
  MODE_TREE,
  OBJECT_BLOB,
  OBJECT_COMMIT,
  OBJECT_TREE,
  type ObjectType,
  OID_LENGTH,
  oidToHex,
  TreeCursor,
} from '#format';
import type { EntryTable } from './entry-table.ts';
import type { ObjectVisitor } from './family-walker.ts';
import type { TreeEdges } from './tree-edges.ts';

/**
 * Checks each object on its own: that its content has the id under which the IDX lists it, and that
 * trees and commits are well formed. What trees name is noted in `edges`; the type of each object
 * in `objectTypes`, by row.
 */
export class ObjectChecker implements ObjectVisitor {
  readonly #idx: Idx;
  readonly #table: EntryTable;
  readonly #objectTypes: Uint8Array;
  readonly #edges: TreeEdges;
  #large: Hash | undefined;
  /** The commits of the PACK by their rows: seldom more than one. */
  readonly commits = new Map<number, Commit>();

  constructor(idx: Idx, table: EntryTable, objectTypes: Uint8Array, edges: TreeEdges) {
    this.#idx = idx;
    this.#table = table;
    this.#objectTypes = objectTypes;
    this.#edges = edges;
  }

  object(position: number, type: ObjectType, content: Uint8Array): void {
    const hash = createHash('sha1').update(encodeObjectPrefix(type, content.length));
    const row = this.#checkId(position, type, hash.update(content).digest());
    try {
      if (type === OBJECT_TREE) this.#checkTree(row, content);
      else if (type === OBJECT_COMMIT) this.commits.set(row, decodeCommit(content));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(error.code, error.message, { oid: oidToHex(this.#idx.oidOf(row)) });
    }
  }

  largeObject(position: number, type: ObjectType, size: number, piece: Uint8Array): void {
    this.#large ??= createHash('sha1').update(encodeObjectPrefix(type, size));
    this.#large.update(piece);
    if (piece.length > 0) return;
    this.#checkId(position, type, this.#large.digest());
    this.#large = undefined;
    if (type !== OBJECT_BLOB) {
      throw new FormatError('LIMIT', `${size} bytes of an object that is no file`, {
        offset: this.#table.packOffsets[position],
      });
    }
  }

  #checkId(position: number, type: ObjectType, oid: Uint8Array): number {
    const row = this.#table.rows[position] as number;
    const listed = this.#idx.oidOf(row);
    if (!equalBytes(oid, listed)) {
      throw new FormatError('BAD_HASH', `an object's id is ${oidToHex(oid)}, not the listed one`, {
        offset: this.#table.packOffsets[position],
        oid: oidToHex(listed),
      });
    }
    this.#objectTypes[row] = type;
    return row;
  }

  #checkTree(row: number, content: Uint8Array): void {
    const cursor = new TreeCursor(content);
    const names = new Set<string>();
    let before: { name: Uint8Array; isTree: boolean } | undefined;
    while (cursor.next()) {
      const { mode, nameStart, nameEnd, oidStart } = cursor;
      const name = content.subarray(nameStart, nameEnd);
      const isTree = mode === MODE_TREE;
      if (before && compareTreeNames(before.name, before.isTree, name, isTree) >= 0) {
        throw new FormatError('BAD_TREE', 'entries out of order', { offset: nameStart });
      }
      // A file and a folder of one name need not stand side by side.
      const text = decodeLatin1(name);
      if (names.has(text)) {
        throw new FormatError('BAD_TREE', 'two entries of one name', { offset: nameStart });
      }
      names.add(text);
      before = { name, isTree };
      if (mode === MODE_SUBMODULE) continue;
      const oid = content.subarray(oidStart, oidStart + OID_LENGTH);
      this.#edges.add(row, this.#idx.find(oid), isTree, oid);
    }
  }
}
