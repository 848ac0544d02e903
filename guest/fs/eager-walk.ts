import {
  equalBytes,
  FormatError,
  type Idx,
  type Limits,
  OID_LENGTH,
  type Oid,
  type PackOffset,
  TreeCursor,
} from '#format';
import { RadixForest } from '../art/index.ts';
import { type ObjectReader, wrongObject } from '../pack/index.ts';
import type { EagerTables } from './eager-layout.ts';
import { EntryTable } from './entry-table.ts';
import { kindOfMode } from './kind.ts';
import { locateObject } from './locate-object.ts';

/** A directory that has been named and not been read yet. */
interface Pending {
  readonly tree: number;
  readonly packOffset: PackOffset;
}

/**
 * Reads every tree below `rootOid` once, level by level and each level in the order of the PACK, so
 * that a disk is read forward. What is the same object is read once, however often it occurs: the
 * cost is bounded by the trees in the PACK and not by the paths, of which a few trees can make
 * more than anybody could walk. Files are looked up when they are read.
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
  /** The first tree is the root's name's alone, and no directory's. */
  const treeOids: Oid[] = [new Uint8Array(0)];
  /** By the PACK offset of a directory's object, its tree. */
  const trees = new Map<PackOffset, number>();
  let size = 0;
  let next: Pending[] = [];

  function addDirectory(oid: Oid): void {
    const packOffset = locateObject(idx, oid);
    let tree = trees.get(packOffset);
    if (tree === undefined) {
      tree = names.addTree();
      trees.set(packOffset, tree);
      treeOids.push(oid.slice());
      next.push({ tree, packOffset });
    } else if (objects.checks && !equalBytes(treeOids[tree] as Oid, oid)) {
      // A forged IDX can lead to one object by two ids.
      throw wrongObject(packOffset, oid);
    }
    entries.addDirectory(tree);
  }

  function addEntry(tree: number, { bytes, mode, nameStart, nameEnd, oidStart }: TreeCursor): void {
    if (names.insert(tree, bytes, nameStart, nameEnd) === -1) {
      throw new FormatError('BAD_TREE', 'a tree with the same name twice', { offset: nameStart });
    }
    const kind = kindOfMode(mode);
    if (kind === 'directory') addDirectory(bytes.subarray(oidStart, oidStart + OID_LENGTH));
    else entries.add(kind, bytes, oidStart);
  }

  names.insert(names.addTree(), new Uint8Array(0));
  addDirectory(rootOid);
  while (next.length > 0) {
    const level = next.sort((a, b) => a.packOffset - b.packOffset);
    next = [];
    for (const { tree, packOffset } of level) {
      const content = objects.readTree(packOffset, treeOids[tree]);
      size += content.length;
      if (size > maxTreesSize)
        throw new FormatError('LIMIT', `more than ${maxTreesSize} bytes of trees`);
      const cursor = new TreeCursor(content);
      while (cursor.next()) addEntry(tree, cursor);
    }
  }
  names.compact();
  entries.compact();
  return { names, entries, treeOids };
}
