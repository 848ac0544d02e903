import type { ImageOffset } from '../base/offsets.ts';
import { checkRoom, copyRange, decodeU64LE, encodeU64LE } from '../bytes/bytes.ts';
import { OID_LENGTH, type Oid } from '../git/oid.ts';

/** Size of the superblock, and so the image offset of the PACK, in bytes. */
export const SUPERBLOCK_SIZE = 28;

/** The head of an image: which commit it holds, and where its IDX stands. */
export interface Superblock {
  readonly commit: Oid;
  readonly idxOffset: ImageOffset;
}

/**
 * Decodes the first 28 bytes of an image; the commit id is a copy. Whether the IDX lies inside the
 * image is for the caller to check.
 * @throws FormatError TRUNCATED, LIMIT
 */
export function decodeSuperblock(bytes: Uint8Array): Superblock {
  checkRoom(bytes, 0, SUPERBLOCK_SIZE);
  return { commit: copyRange(bytes, 0, OID_LENGTH), idxOffset: decodeU64LE(bytes, OID_LENGTH) };
}

/** Encodes a superblock into 28 new bytes. */
export function encodeSuperblock(superblock: Superblock): Uint8Array {
  const bytes = new Uint8Array(SUPERBLOCK_SIZE);
  bytes.set(superblock.commit);
  encodeU64LE(bytes, OID_LENGTH, superblock.idxOffset);
  return bytes;
}
