import { FormatError } from '../base/errors.ts';
import type { ImageOffset, PackOffset } from '../base/offsets.ts';
import {
  checkRoom,
  copyRange,
  decodeU32BE,
  decodeU64BE,
  encodeU32BE,
  encodeU64BE,
} from '../bytes/bytes.ts';
import { OID_LENGTH, type Oid } from '../git/oid.ts';

/** What the blocks of a path index are made of, in bytes: the most that one look-up step reads. */
export const PATH_INDEX_UNIT = 4096;
/** Longest key, in bytes: four times PATH_MAX. An image with a longer one gets no path index. */
export const MAX_PATH_KEY = 16384;
/** Most units of a block: room for one key of {@link MAX_PATH_KEY} and all that stands around it. */
export const MAX_BLOCK_UNITS = Math.ceil((MAX_PATH_KEY + 64) / PATH_INDEX_UNIT);
/** What every block begins with: CRC, level, units, count, length of the keys, four bytes more. */
export const BLOCK_HEADER_SIZE = 16;

const FOOTER_SIZE = 128;
/** Where the footer begins in the last unit of the section; the root block ends there. */
export const FOOTER_AT = PATH_INDEX_UNIT - FOOTER_SIZE;

const MAGIC = Uint8Array.of(0x89, 0x70, 0x61, 0x74, 0x68, 0x69, 0x64, 0x78);
const VERSION = 1;

/** What the last bytes of an image say about the path index that stands before them. */
export interface PathIndexFooter {
  /** Bytes of the whole section, which ends where the image ends. */
  readonly sectionSize: number;
  /** What the section belongs to: of the image's superblock, PACK and IDX. */
  readonly idxOffset: ImageOffset;
  readonly idxSize: number;
  readonly commit: Oid;
  readonly packChecksum: Uint8Array;
  readonly idxChecksum: Uint8Array;
  readonly objectCount: number;
  /** Number of paths; the root is not counted. */
  readonly pathCount: number;
  /** Units of all leaves, which stand at the section's start. */
  readonly leafUnits: number;
  /** The root tree: its rank in the IDX and where it stands in the PACK. */
  readonly rootRank: number;
  readonly rootPackOffset: PackOffset;
  /** Units after the leaves that hold where large files begin afresh. */
  readonly restartUnits: number;
}

/** Whether the last unit of an image (or the last bytes of it) ends like a path index. */
export function hasPathIndexMagic(unit: Uint8Array): boolean {
  const at = unit.length - FOOTER_SIZE;
  return at >= 0 && MAGIC.every((byte, i) => unit[at + i] === byte);
}

/**
 * Decodes the footer at the end of a section's last unit. Whether what it says fits the image is
 * for the caller to check. Ids and checksums are copies.
 * @throws FormatError BAD_INDEX, TRUNCATED, LIMIT
 */
export function decodePathIndexFooter(unit: Uint8Array): PathIndexFooter {
  checkRoom(unit, FOOTER_AT, FOOTER_SIZE);
  const at = (offset: number) => FOOTER_AT + offset;
  if (!hasPathIndexMagic(unit.subarray(0, PATH_INDEX_UNIT))) {
    throw new FormatError('BAD_INDEX', 'no path index');
  }
  const version = decodeU32BE(unit, at(8));
  const unitSize = decodeU32BE(unit, at(12));
  if (version !== VERSION || unitSize !== PATH_INDEX_UNIT) {
    throw new FormatError('BAD_INDEX', `path index version ${version}, units of ${unitSize} bytes`);
  }
  const bytes = (offset: number) => copyRange(unit, at(offset), at(offset) + OID_LENGTH);
  return {
    sectionSize: decodeU64BE(unit, at(16)),
    idxOffset: decodeU64BE(unit, at(24)),
    idxSize: decodeU64BE(unit, at(32)),
    commit: bytes(40),
    packChecksum: bytes(60),
    idxChecksum: bytes(80),
    objectCount: decodeU32BE(unit, at(100)),
    pathCount: decodeU32BE(unit, at(104)),
    leafUnits: decodeU32BE(unit, at(108)),
    rootRank: decodeU32BE(unit, at(112)),
    rootPackOffset: decodeU64BE(unit, at(116)),
    restartUnits: decodeU32BE(unit, at(124)),
  };
}

/** Encodes a footer into the end of a section's last unit. */
export function encodePathIndexFooter(unit: Uint8Array, footer: PathIndexFooter): void {
  const at = (offset: number) => FOOTER_AT + offset;
  unit.set(MAGIC, at(0));
  encodeU32BE(unit, at(8), VERSION);
  encodeU32BE(unit, at(12), PATH_INDEX_UNIT);
  encodeU64BE(unit, at(16), footer.sectionSize);
  encodeU64BE(unit, at(24), footer.idxOffset);
  encodeU64BE(unit, at(32), footer.idxSize);
  unit.set(footer.commit, at(40));
  unit.set(footer.packChecksum, at(60));
  unit.set(footer.idxChecksum, at(80));
  encodeU32BE(unit, at(100), footer.objectCount);
  encodeU32BE(unit, at(104), footer.pathCount);
  encodeU32BE(unit, at(108), footer.leafUnits);
  encodeU32BE(unit, at(112), footer.rootRank);
  encodeU64BE(unit, at(116), footer.rootPackOffset);
  encodeU32BE(unit, at(124), footer.restartUnits);
}
