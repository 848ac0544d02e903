import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  equalBytes,
  FormatError,
  type Idx,
  type Image,
  oidToHex,
  PACK_TRAILER_SIZE,
  readExact,
} from '#format';
import type { EntryTable } from './entry-table.ts';

const PIECE = 0x100000;

/**
 * Reads the PACK once, and checks the CRC-32 of every entry against the IDX and the SHA-1 of the
 * whole against the trailer, which it gives.
 * @throws FormatError BAD_HASH, TRUNCATED
 */
export function verifyChecksums(image: Image, idx: Idx, table: EntryTable): Uint8Array {
  const { packOffsets, rows, count } = table;
  const end = packOffsets[count] as number;
  const hash = createHash('sha1');
  let position = -1;
  let entryEnd = packOffsets[0] as number;
  let crc = 0;
  for (let at = 0; at < end; ) {
    const window = image.pack.window(at, Math.min(PIECE, end - at));
    if (window.length === 0) throw new FormatError('TRUNCATED', 'the PACK ends early');
    const view = window.subarray(0, end - at);
    hash.update(view);
    for (let done = 0; done < view.length; ) {
      const part = view.subarray(done, Math.min(view.length, entryEnd - at));
      crc = crc32(part, crc);
      done += part.length;
      if (at + done < entryEnd) break;
      if (position >= 0 && crc !== idx.crcOf(rows[position] as number)) {
        throw new FormatError(
          'BAD_HASH',
          'the CRC-32 of an entry differs from the one in the IDX',
          {
            offset: packOffsets[position],
            oid: oidToHex(idx.oidOf(rows[position] as number)),
          },
        );
      }
      position += 1;
      entryEnd = packOffsets[position + 1] as number;
      crc = 0;
    }
    at += view.length;
  }
  const trailer = readExact(image.pack, end, PACK_TRAILER_SIZE);
  if (!equalBytes(hash.digest(), trailer)) {
    throw new FormatError('BAD_HASH', 'the SHA-1 of the PACK differs from its trailer', {
      offset: end,
    });
  }
  return trailer;
}
