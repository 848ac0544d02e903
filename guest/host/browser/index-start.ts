import {
  decodeSuperblock,
  decodeU32BE,
  idxSize,
  OID_LENGTH,
  PACK_HEADER_SIZE,
  SUPERBLOCK_SIZE,
} from '#format';

/** The PACK's header has the number of objects at its end. */
const PACK_AT = SUPERBLOCK_SIZE + PACK_HEADER_SIZE;

/**
 * Where the checksums at the end of an image's IDX begin, right behind which its path index stands: `size` if
 * the first bytes do not tell.
 * @throws FormatError LIMIT
 */
export function indexStart(head: Uint8Array, size: number): number {
  if (head.length < PACK_AT) return size;
  const { idxOffset } = decodeSuperblock(head);
  const idxEnd = idxOffset + idxSize(decodeU32BE(head, PACK_AT - 4), 0);
  return Math.min(size, idxEnd - 2 * OID_LENGTH);
}
