import {
  equalBytes,
  FormatError,
  type Idx,
  type Limits,
  OID_LENGTH,
  type Oid,
  type PackOffset,
} from '#format';
import { type ObjectReader, wrongObject } from '../pack/index.ts';
import { locateObject } from './locate-object.ts';
import { TreeTable } from './tree-table.ts';

/** Up to this many bytes, the IDX is taken into memory for the while. */
const MAX_IDX = 2 ** 22;
/** Trees announced to the device at once. */
const BATCH = 512;

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
  limits: Limits,
): TreeTable {
  const maxSize = Math.min(limits.maxTreesSize, TreeTable.MAX_BYTES);
  return (
    walkTogether(objects, idx, rootOid, maxSize) ??
    walkOneByOne(objects, idx.load(MAX_IDX), rootOid, maxSize)
  );
}

/** Undefined where nothing walks so, and where anything is wrong: which fault is told does not depend on that. */
function walkTogether(
  objects: ObjectReader,
  idx: Idx,
  rootOid: Oid,
  maxSize: number,
): TreeTable | undefined {
  const walk = objects.openTreeWalk(idx, maxSize, MAX_IDX);
  const readTree = (packOffset: PackOffset) => readNext(objects, packOffset);
  try {
    return walk && TreeTable.of(walk.walk(rootOid, { readTree }));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** A tree among all: each can be a delta against something huge that is built for it alone. */
function readNext(objects: ObjectReader, packOffset: PackOffset, oid?: Oid): Uint8Array {
  const content = objects.readTree(packOffset, oid);
  objects.checkExpansion(packOffset);
  return content;
}

/** The same where nothing walks faster, or trees are compared with their ids. */
function walkOneByOne(objects: ObjectReader, idx: Idx, rootOid: Oid, maxSize: number): TreeTable {
  const trees = new TreeTable();
  /** By the PACK offset of a directory's object, its number. */
  const numbers = new Map<PackOffset, number>();
  let size = 0;
  let next: PackOffset[] = [];

  function numberOf(oid: Oid): number {
    const packOffset = locateObject(idx, oid);
    let number = numbers.get(packOffset);
    if (number === undefined) {
      number = trees.addDirectory(oid);
      numbers.set(packOffset, number);
      next.push(packOffset);
    } else if (objects.checks && !equalBytes(trees.oidOfDirectory(number), oid)) {
      // A forged IDX can lead to one object by two ids.
      throw wrongObject(packOffset, oid);
    }
    return number;
  }

  numberOf(rootOid);
  while (next.length > 0) {
    const level = Float64Array.from(next).sort();
    next = [];
    // The device reads the next trees while these are inflated.
    let [tellAt, told] = [0, objects.prefetch(level.subarray(0, BATCH))];
    for (let i = 0; i < level.length; i++) {
      if (i === tellAt && told < level.length) {
        tellAt = told;
        told += objects.prefetch(level.subarray(told, told + BATCH));
      }
      const packOffset = level[i] as PackOffset;
      const number = numbers.get(packOffset) as number;
      const content = readNext(objects, packOffset, trees.oidOfDirectory(number));
      size += content.length;
      if (size > maxSize) throw new FormatError('LIMIT', `more than ${maxSize} bytes of trees`);
      trees.setTree(number, content);
      objects.listDirectories(content, (oidStart) => {
        const oid = content.subarray(oidStart, oidStart + OID_LENGTH);
        trees.setDirectory(number, oidStart, numberOf(oid));
      });
    }
  }
  trees.compact();
  return trees;
}
