import { createHash } from 'node:crypto';
import { equalBytes, FormatError, PACK_TRAILER_SIZE } from '#format';
import type { ByteSink } from '../../files/byte-sink.ts';
import type { ImageParts } from '../image-parts.ts';

const PIECE = 0x100000;

/** Copies the PACK of an image, and compares it with its checksum. @throws FormatError BAD_HASH, TRUNCATED */
export function copyPack({ image, packSize, packChecksum }: ImageParts, sink: ByteSink): void {
  const hash = createHash('sha1');
  const end = packSize - PACK_TRAILER_SIZE;
  for (let at = 0; at < end; ) {
    const want = Math.min(PIECE, end - at);
    const piece = image.pack.window(at, want).subarray(0, want);
    if (piece.length === 0)
      throw new FormatError('TRUNCATED', 'the image shrank while it was read');
    hash.update(piece);
    sink.write(piece);
    at += piece.length;
  }
  if (!equalBytes(hash.digest(), packChecksum)) {
    throw new FormatError('BAD_HASH', 'the PACK does not have its checksum', { offset: end });
  }
  sink.write(packChecksum);
}
