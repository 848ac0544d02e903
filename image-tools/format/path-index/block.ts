import { FormatError } from '../base/errors.ts';
import { decodeU32BE, encodeU32BE } from '../bytes/bytes.ts';
import { crc32 } from '../bytes/crc32.ts';
import { BLOCK_HEADER_SIZE, PATH_INDEX_UNIT } from './layout.ts';

/** What the header of a block says: 0 is the level of a leaf. */
export interface BlockHeader {
  readonly level: number;
  /** Number of entries (leaf) or children. */
  readonly count: number;
  /** Bytes that the keys or separators take after the header. */
  readonly keysLength: number;
}

/** Fills in a block's header, its CRC included: to be called when all else stands. */
export function sealBlock(block: Uint8Array, header: BlockHeader): void {
  block[4] = header.level;
  block[5] = block.length / PATH_INDEX_UNIT;
  block[6] = header.count >>> 8;
  block[7] = header.count;
  encodeU32BE(block, 8, header.keysLength);
  encodeU32BE(block, 0, crc32(block, 4));
}

/**
 * Checks a block whole: its CRC, its size and what its header promises.
 * @throws FormatError BAD_INDEX
 */
export function openBlock(block: Uint8Array): BlockHeader {
  if (decodeU32BE(block, 0) !== crc32(block, 4)) {
    throw new FormatError('BAD_INDEX', 'a block does not match its CRC');
  }
  const keysLength = decodeU32BE(block, 8);
  if (
    block[5] !== block.length / PATH_INDEX_UNIT ||
    keysLength > block.length - BLOCK_HEADER_SIZE
  ) {
    throw new FormatError('BAD_INDEX', 'the size of a block differs from its header');
  }
  const count = (block[6] as number) * 256 + (block[7] as number);
  return { level: block[4] as number, count, keysLength };
}
