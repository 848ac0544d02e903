import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { encodeU32BE } from '#format';

/** Content up to this size is compressed at once; larger content in pieces of it. */
export const DEFLATE_PIECE = 0x400000;

/**
 * Compresses content that comes in pieces into one zlib stream, piece by piece: memory does not
 * grow with the content, and the bytes depend on nothing but the pieces and the level. Each piece
 * begins with an empty window, which costs next to nothing at {@link DEFLATE_PIECE}.
 */
export function* deflatePieces(
  pieces: Iterable<Uint8Array>,
  level: number,
): Generator<Uint8Array, void, undefined> {
  // RFC 1950: deflate with a 32 KiB window; the low bits make the pair a multiple of 31.
  yield Uint8Array.of(0x78, 0x9c);
  const adler = new Adler32();
  for (const piece of pieces) {
    adler.update(piece);
    // A sync flush ends the piece on a byte, so that the pieces can follow each other.
    yield deflateRawSync(piece, { level, finishFlush: constants.Z_SYNC_FLUSH });
  }
  const end = deflateSync(new Uint8Array(0), { level });
  // The last block, empty: what an empty stream has between its header and its checksum.
  yield end.subarray(2, end.length - 4);
  yield adler.digest();
}

/** The checksum that ends a zlib stream (RFC 1950, section 8.2). */
class Adler32 {
  #low = 1;
  #high = 0;

  update(bytes: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    for (let at = 0; at < bytes.length; ) {
      // So many bytes fit before the sums outgrow 32 bits.
      const end = Math.min(at + 5552, bytes.length);
      for (; at < end; at++) {
        low += bytes[at] as number;
        high += low;
      }
      low %= 65521;
      high %= 65521;
    }
    this.#low = low;
    this.#high = high;
  }

  digest(): Uint8Array {
    const bytes = new Uint8Array(4);
    encodeU32BE(bytes, 0, this.#high * 0x10000 + this.#low);
    return bytes;
  }
}
