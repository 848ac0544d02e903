import { FormatError } from '../base/errors.ts';
import { checkRoom, decodeU32BE, encodeU32BE } from '../bytes/bytes.ts';

/** Size of the PACK's header: magic, version, number of objects. */
export const PACK_HEADER_SIZE = 12;
/** Size of the SHA-1 that ends a PACK. */
export const PACK_TRAILER_SIZE = 20;

const MAGIC = 0x5041434b; // "PACK"
const VERSION = 2;

/**
 * The number of objects that a PACK's header promises.
 * @throws FormatError TRUNCATED, BAD_PACK
 */
export function decodePackHeader(bytes: Uint8Array): number {
  checkRoom(bytes, 0, PACK_HEADER_SIZE);
  if (decodeU32BE(bytes, 0) !== MAGIC) {
    throw new FormatError('BAD_PACK', 'no PACK magic', { offset: 0 });
  }
  const version = decodeU32BE(bytes, 4);
  if (version !== VERSION) {
    throw new FormatError('BAD_PACK', `PACK version ${version}, not ${VERSION}`, { offset: 4 });
  }
  return decodeU32BE(bytes, 8);
}

/** The 12 bytes that head a PACK of `objectCount` objects (below 2^32). */
export function encodePackHeader(objectCount: number): Uint8Array {
  const bytes = new Uint8Array(PACK_HEADER_SIZE);
  encodeU32BE(bytes, 0, MAGIC);
  encodeU32BE(bytes, 4, VERSION);
  encodeU32BE(bytes, 8, objectCount);
  return bytes;
}
