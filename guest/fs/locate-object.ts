import { FormatError, type Idx, type Oid, oidToHex, type PackOffset } from '#format';

/** Where an object that something names stands. @throws FormatError MISSING_OBJECT, BAD_IDX */
export function locateObject(idx: Idx, oid: Oid): PackOffset {
  return idx.packOffsetOf(rankOfObject(idx, oid));
}

/** The rank of an object among the ids of the IDX. @throws FormatError MISSING_OBJECT, BAD_IDX */
export function rankOfObject(idx: Idx, oid: Oid): number {
  const rank = idx.find(oid);
  if (rank !== undefined) return rank;
  throw new FormatError('MISSING_OBJECT', 'not in the PACK', { oid: oidToHex(oid) });
}
