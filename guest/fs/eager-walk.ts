import { FormatError, type Idx, type Limits, OID_LENGTH, type Oid, TreeCursor } from '#format';
import { RadixForest } from '../art/index.ts';
import type { ObjectReader } from '../pack/index.ts';
import type { EagerTables } from './eager-layout.ts';
import { EntryTable } from './entry-table.ts';
import { kindOfMode } from './kind.ts';
import { rankOfObject } from './locate-object.ts';

/** A directory that has been named and not been read yet. */
interface Pending {
  readonly tree: number;
  readonly packOffset: number;
}

/**
 * Reads every tree below `rootOid` once, level by level and each level in the order of the PACK, so
 * that a disk is read forward. What is the same object is read once, however often it occurs: the
 * cost is bounded by the trees in the PACK and not by the paths, of which a few trees can make
 * more than anybody could walk.
 * @throws FormatError
 */
export function walkTrees(
  objects: ObjectReader,
  idx: Idx,
  rootOid: Oid,
  { maxTreesSize }: Limits,
): EagerTables {
  const names = new RadixForest();
  const entries = new EntryTable();
  const submodules: Oid[] = [];
  /** By the rank of a directory's object, its tree in `names`. */
  const trees = new Map<number, number>();
  let level: Pending[] = [];
  let size = 0;
  let next: Pending[] = [];

  function addDirectory(oid: Oid): void {
    const rank = rankOfObject(idx, oid);
    let tree = trees.get(rank);
    if (tree === undefined) {
      tree = names.addTree();
      trees.set(rank, tree);
      next.push({ tree, packOffset: idx.packOffsetOf(rank) });
    }
    entries.add('directory', rank, tree);
  }

  function addEntry(tree: number, { bytes, mode, nameStart, nameEnd, oidStart }: TreeCursor): void {
    if (names.insert(tree, bytes, nameStart, nameEnd) === -1) {
      throw new FormatError('BAD_TREE', 'a tree with the same name twice', { offset: nameStart });
    }
    const oid = bytes.subarray(oidStart, oidStart + OID_LENGTH);
    const kind = kindOfMode(mode);
    if (kind === 'directory') {
      addDirectory(oid);
    } else if (kind === 'submodule') {
      entries.add(kind, submodules.push(oid.slice()) - 1, 0);
    } else {
      const rank = rankOfObject(idx, oid);
      entries.add(kind, rank, idx.packOffsetOf(rank));
    }
  }

  names.insert(names.addTree(), new Uint8Array(0));
  addDirectory(rootOid);
  while (next.length > 0) {
    level = next.sort((a, b) => a.packOffset - b.packOffset);
    next = [];
    for (const { tree, packOffset } of level) {
      const content = objects.readTree(packOffset);
      size += content.length;
      if (size > maxTreesSize)
        throw new FormatError('LIMIT', `more than ${maxTreesSize} bytes of trees`);
      const cursor = new TreeCursor(content);
      while (cursor.next()) addEntry(tree, cursor);
    }
  }
  names.compact();
  entries.compact();
  return { names, entries, submodules: concatenate(submodules) };
}

function concatenate(oids: readonly Oid[]): Uint8Array {
  const bytes = new Uint8Array(oids.length * OID_LENGTH);
  oids.forEach((oid, rank) => {
    bytes.set(oid, rank * OID_LENGTH);
  });
  return bytes;
}
