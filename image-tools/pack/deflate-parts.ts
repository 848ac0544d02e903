import { deflateRawSync, constants as zlib } from 'node:zlib';
import { concatBytes, encodeU32BE, RESTART_SIZE } from '#format';
import { adler32, combineAdler32 } from './adler32.ts';

/** CMF and FLG of a zlib stream with a window of 32 KiB: RFC 1950, section 2.2. */
export const ZLIB_HEADER: Uint8Array = Uint8Array.of(0x78, 0x9c);

/** Bytes of the checksum at its end. */
export const ZLIB_TRAILER_LENGTH = 4;

/**
 * A part of a raw deflate stream: it refers to nothing before it and, unless it is the last one, ends with an
 * empty stored block, so that whoever wants what follows begins there.
 */
export function deflatePart(part: Uint8Array, level: number, isLast: boolean): Uint8Array {
  return deflateRawSync(part, { level, finishFlush: isLast ? zlib.Z_FINISH : zlib.Z_SYNC_FLUSH });
}

/** The end of a zlib stream: its checksum. */
export function zlibTrailer(adler: number): Uint8Array {
  const trailer = new Uint8Array(ZLIB_TRAILER_LENGTH);
  encodeU32BE(trailer, 0, adler);
  return trailer;
}

/** A zlib stream of content whose parts of {@link RESTART_SIZE} bytes begin afresh, each of them by `deflate`. */
export function deflateInParts(
  content: Uint8Array,
  deflate: (part: Uint8Array, isLast: boolean) => Uint8Array,
): Uint8Array {
  const pieces: Uint8Array[] = [ZLIB_HEADER];
  let adler = 1;
  for (let at = 0; at < content.length; at += RESTART_SIZE) {
    const part = content.subarray(at, at + RESTART_SIZE);
    pieces.push(deflate(part, at + part.length === content.length));
    adler = combineAdler32(adler, adler32(part), part.length);
  }
  return concatBytes([...pieces, zlibTrailer(adler)]);
}
