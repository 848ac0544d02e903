import { FormatError } from '../base/errors.ts';
import type { PackOffset } from '../base/offsets.ts';
import { type ByteSource, peekBytes } from '../bytes/byte-source.ts';
import { copyRange } from '../bytes/bytes.ts';
import {
  ENTRY_OFS_DELTA,
  ENTRY_REF_DELTA,
  type EntryType,
  OBJECT_COMMIT,
  OBJECT_TAG,
} from './object-type.ts';
import { OID_LENGTH, type Oid } from './oid.ts';
import { PACK_HEADER_SIZE } from './pack-header.ts';

/** What stands before the zlib stream of a PACK entry. */
export interface EntryHeader {
  readonly type: EntryType;
  /** Inflated size of what follows, in bytes: of the object, or of the delta. */
  readonly size: number;
  /** Where the zlib stream begins. */
  readonly dataOffset: PackOffset;
  /** The base's entry, always before this one; for OFS_DELTA. */
  readonly basePackOffset: PackOffset | undefined;
  /** The base's id, a copy; for REF_DELTA. */
  readonly baseOid: Oid | undefined;
}

/** A size takes at most 8 bytes below 2^53, a distance too; the base's id is longer. */
const MAX_VARINT = 8;
/** The longest header, in bytes. */
export const MAX_ENTRY_HEADER = MAX_VARINT + OID_LENGTH;

/**
 * Reads the header of the entry at `packOffset` of the PACK `pack`. Offsets in errors are PACK
 * offsets.
 * @throws FormatError TRUNCATED, BAD_PACK, BAD_DELTA (a base that lies outside the PACK)
 */
export function readEntryHeader(pack: ByteSource, packOffset: PackOffset): EntryHeader {
  const bytes = peekBytes(pack, packOffset, MAX_ENTRY_HEADER);
  return decodeEntryHeader(bytes, 0, bytes.length, packOffset);
}

/**
 * Decodes the header that begins at `start` of `bytes`, of the entry at `packOffset`: the PACK ends at
 * `end`, or {@link MAX_ENTRY_HEADER} bytes are at hand.
 * @throws FormatError as {@link readEntryHeader} does
 */
export function decodeEntryHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  packOffset: PackOffset,
): EntryHeader {
  const stop = Math.min(end, start + MAX_ENTRY_HEADER);
  let at = start;
  if (at >= stop) throw endless(end, stop, packOffset);
  let byte = bytes[at++] as number;
  const type = (byte >> 4) & 7;
  if (!isEntryType(type)) {
    throw new FormatError('BAD_PACK', `unknown entry type ${type}`, { offset: packOffset });
  }
  let size = byte & 15;
  // Multiplied, not shifted: a shift would wrap at 32 bits.
  for (let scale = 16; byte >= 128; scale *= 128) {
    if (at >= stop) throw endless(end, stop, packOffset);
    byte = bytes[at++] as number;
    size += (byte & 127) * scale;
    if (!Number.isSafeInteger(size)) {
      throw new FormatError('BAD_PACK', 'an entry size beyond 2^53-1', { offset: packOffset });
    }
  }

  let basePackOffset: PackOffset | undefined;
  let baseOid: Oid | undefined;
  if (type === ENTRY_OFS_DELTA) {
    byte = 128;
    let distance = -1;
    while (byte >= 128) {
      if (at >= stop) throw endless(end, stop, packOffset);
      byte = bytes[at++] as number;
      distance = (distance + 1) * 128 + (byte & 127);
      if (distance > packOffset) break;
    }
    if (distance === 0 || distance > packOffset - PACK_HEADER_SIZE) {
      throw new FormatError('BAD_DELTA', 'the base of a delta lies outside the PACK', {
        offset: packOffset,
      });
    }
    basePackOffset = packOffset - distance;
  } else if (type === ENTRY_REF_DELTA) {
    if (stop - at < OID_LENGTH) throw endless(end, stop, packOffset);
    baseOid = copyRange(bytes, at, at + OID_LENGTH);
    at += OID_LENGTH;
  }
  return { type, size, dataOffset: packOffset + at - start, basePackOffset, baseOid };
}

/** The PACK ends inside a header, or the header is longer than any. */
function endless(end: number, stop: number, offset: PackOffset): FormatError {
  const code = end === stop ? 'TRUNCATED' : 'BAD_PACK';
  return new FormatError(code, 'an entry header does not end', { offset });
}

/** Whether an entry holds a delta, and not an object whole. */
export function isDelta({ basePackOffset, baseOid }: EntryHeader): boolean {
  return basePackOffset !== undefined || baseOid !== undefined;
}

function isEntryType(type: number): type is EntryType {
  return (
    (type >= OBJECT_COMMIT && type <= OBJECT_TAG) ||
    type === ENTRY_OFS_DELTA ||
    type === ENTRY_REF_DELTA
  );
}

/**
 * The header of an entry, in new bytes. `base` is the distance in bytes back to the base's entry
 * for OFS_DELTA, the base's id for REF_DELTA, and absent for a whole object.
 */
export function encodeEntryHeader(type: EntryType, size: number, base?: number | Oid): Uint8Array {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 128 : 0));
  while (rest > 0) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(low | (rest > 0 ? 128 : 0));
  }
  if (typeof base === 'number') bytes.push(...encodeDistance(base));
  else if (base !== undefined) bytes.push(...base);
  return Uint8Array.from(bytes);
}

/** Git's offset encoding: big-endian groups of 7 bits, each but the last counted from one. */
function encodeDistance(distance: number): number[] {
  const bytes = [distance % 128];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest % 128) | 128);
  }
  return bytes;
}
