import { FormatError, type Idx, type Oid, oidToHex, type PackOffset } from '#format';

/** Where an object that something names stands. @throws FormatError MISSING_OBJECT, BAD_IDX */
export function locateObject(idx: Idx, oid: Oid): PackOffset {
  const packOffset = idx.lookUp(oid);
  if (packOffset !== undefined) return packOffset;
  throw new FormatError('MISSING_OBJECT', 'not in the PACK', { oid: oidToHex(oid) });
}
