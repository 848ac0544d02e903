import { createHash } from 'node:crypto';
import {
  type ByteSource,
  encodeIdx,
  equalBytes,
  FormatError,
  type Idx,
  IdxEntries,
  type Image,
  type ImageOffset,
  oidToHex,
  peekBytes,
} from '#format';
import type { EntryTable } from './entry-table.ts';

/** The smallest sector of a block device: an image is made of whole ones. */
const SECTOR_SIZE = 512;
const PIECE = 0x10000;
const ZEROS = new Uint8Array(PIECE);

/**
 * Compares the IDX byte for byte with the one computed from what the PACK holds, and gives its size.
 * The ids are the IDX's own: they have been compared with the objects' before.
 * @throws FormatError BAD_IDX, TRUNCATED
 */
export function verifyIdx(image: Image, idx: Idx, table: EntryTable, trailer: Uint8Array): number {
  const entries = new IdxEntries(table.count);
  for (let position = 0; position < table.count; position++) {
    const row = table.rows[position] as number;
    entries.add(idx.oidOf(row), idx.crcOf(row), table.packOffsets[position] as number);
  }
  let at = 0;
  for (const piece of encodeIdx(entries, trailer, () => createHash('sha1'))) {
    const stored = peekBytes(image.idxSource, at, piece.length).subarray(0, piece.length);
    if (stored.length < piece.length) {
      throw new FormatError('TRUNCATED', 'the IDX ends early', { offset: image.idxOffset });
    }
    if (!equalBytes(stored, piece)) {
      throw new FormatError('BAD_IDX', 'the IDX differs from the one computed', {
        offset: image.idxOffset + at + piece.findIndex((byte, i) => byte !== stored[i]),
      });
    }
    at += piece.length;
  }
  for (let row = 1; row < idx.count; row++) {
    if (equalBytes(idx.oidOf(row - 1), idx.oidOf(row))) {
      throw new FormatError('BAD_IDX', 'an object is listed twice', {
        oid: oidToHex(idx.oidOf(row)),
      });
    }
  }
  return at;
}

/**
 * Checks the padding after PACK and IDX: zeros, up to a multiple of one block size, of whole
 * sectors. The second ends at `indexOffset` if there is a path index, or else with the image: the
 * original ignores what may stand there, but nothing can be said for bytes of unknown meaning.
 * @throws FormatError BAD_PACK, BAD_INDEX, TRUNCATED
 */
export function verifyPadding(
  image: Image,
  packSize: number,
  idxSize: number,
  indexOffset: ImageOffset | undefined,
): void {
  const packPadding = image.pack.size - packSize;
  if (packPadding < 1 || !isZero(image.pack, packSize, image.pack.size)) {
    throw new FormatError('BAD_PACK', 'the padding after the PACK is not zero', {
      offset: packSize,
    });
  }
  const { size } = image.source;
  const end = indexOffset ?? size;
  const idxEnd = image.idxOffset + idxSize;
  if (!isZero(image.source, idxEnd, end)) {
    throw new FormatError(
      'BAD_INDEX',
      'the bytes after the IDX are neither zeros nor a whole path index',
      {
        offset: idxEnd,
      },
    );
  }
  const idxPadding = end - idxEnd;
  const blockSize = greatestCommonDivisor(image.idxOffset, end);
  if (
    size % SECTOR_SIZE !== 0 ||
    idxPadding < 1 ||
    blockSize < packPadding ||
    blockSize < idxPadding
  ) {
    throw new FormatError('TRUNCATED', `${size} bytes are not a whole number of blocks`);
  }
}

function isZero(source: ByteSource, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const view = source
      .window(at, Math.min(PIECE, end - at))
      .subarray(0, Math.min(PIECE, end - at));
    if (view.length === 0 || !equalBytes(view, ZEROS.subarray(0, view.length))) return false;
    at += view.length;
  }
  return true;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}
