import { createHash, type Hash } from 'node:crypto';
import {
  type Commit,
  decodeCommit,
  decodeLatin1,
  encodeObjectPrefix,
  equalBytes,
  FormatError,
  type Idx,
  type Image,
  type Limits,
  locateError,
  MODE_SUBMODULE,
  MODE_TREE,
  OBJECT_COMMIT,
  OBJECT_TREE,
  type ObjectType,
  OID_LENGTH,
  oidToHex,
  TreeCursor,
} from '#format';
import type { EntryTable } from './entry-table.ts';
import type { ObjectVisitor } from './family-walker.ts';
import { BYTES_OF_TREES } from './totals.ts';
import type { TreeEdges } from './tree-edges.ts';

/** What was learned of each object, by its row. */
export interface ObjectFacts {
  readonly types: Uint8Array;
  /** In bytes. */
  readonly sizes: Float64Array;
}

/**
 * Checks each object on its own: that its content has the id under which the IDX lists it, and that
 * trees and commits are well formed. What trees name is noted in `edges`, and what each object is in
 * `facts`.
 */
export class ObjectChecker implements ObjectVisitor {
  readonly #idx: Idx;
  readonly #table: EntryTable;
  readonly #facts: ObjectFacts;
  readonly #edges: TreeEdges;
  #large: Hash | undefined;
  readonly #limits: Limits;
  readonly #commitRow: number | undefined;
  readonly #totals: BigInt64Array;
  /** The commit that the image holds, once it was met. */
  commit: Commit | undefined;

  constructor(
    { idx, commit }: Pick<Image, 'idx' | 'commit'>,
    table: EntryTable,
    facts: ObjectFacts,
    edges: TreeEdges,
    limits: Limits,
    totals: BigInt64Array,
  ) {
    this.#totals = totals;
    this.#limits = limits;
    this.#commitRow = idx.find(commit);
    this.#idx = idx;
    this.#table = table;
    this.#facts = facts;
    this.#edges = edges;
  }

  object(position: number, type: ObjectType, content: Uint8Array): void {
    const hash = createHash('sha1').update(encodeObjectPrefix(type, content.length));
    const row = this.#checkId(position, type, content.length, hash.update(content).digest());
    try {
      if (type === OBJECT_TREE) this.#checkTree(row, content);
      else if (type === OBJECT_COMMIT) this.#checkCommit(row, content);
    } catch (error) {
      throw locateError(error, { oid: oidToHex(this.#idx.oidOf(row)) });
    }
  }

  largeObject(position: number, type: ObjectType, size: number, piece: Uint8Array): void {
    this.#large ??= createHash('sha1').update(encodeObjectPrefix(type, size));
    this.#large.update(piece);
    if (piece.length > 0) return;
    this.#checkId(position, type, size, this.#large.digest());
    this.#large = undefined;
  }

  #checkId(position: number, type: ObjectType, size: number, oid: Uint8Array): number {
    const row = this.#table.rows[position] as number;
    const listed = this.#idx.oidOf(row);
    if (!equalBytes(oid, listed)) {
      throw new FormatError('BAD_HASH', `an object's id is ${oidToHex(oid)}, not the listed one`, {
        offset: this.#table.packOffsets[position],
        oid: oidToHex(listed),
      });
    }
    this.#facts.types[row] = type;
    this.#facts.sizes[row] = size;
    return row;
  }

  #checkCommit(row: number, content: Uint8Array): void {
    const commit = decodeCommit(content);
    if (row === this.#commitRow) this.commit = commit;
  }

  #checkTree(row: number, content: Uint8Array): void {
    const { maxTreeSize, maxTreesSize } = this.#limits;
    const size = BigInt(content.length);
    const treesSize = Atomics.add(this.#totals, BYTES_OF_TREES, size) + size;
    if (content.length > maxTreeSize) {
      throw new FormatError('LIMIT', `a tree of ${size} bytes, at most ${maxTreeSize} allowed`);
    }
    if (treesSize > maxTreesSize) {
      throw new FormatError('LIMIT', `more than ${maxTreesSize} bytes of trees`);
    }
    const cursor = new TreeCursor(content);
    const names = new Set<string>();
    while (cursor.next()) {
      const { mode, nameStart, nameEnd, oidStart } = cursor;
      const name = content.subarray(nameStart, nameEnd);
      // A file and a folder of one name need not stand side by side.
      const text = decodeLatin1(name);
      if (names.has(text)) {
        throw new FormatError('BAD_TREE', 'two entries of one name', { offset: nameStart });
      }
      names.add(text);
      if (mode === MODE_SUBMODULE) continue;
      const oid = content.subarray(oidStart, oidStart + OID_LENGTH);
      this.#edges.add(row, this.#idx.find(oid), mode === MODE_TREE, oid);
    }
  }
}
