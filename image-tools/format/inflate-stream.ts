import { ZStream, zlibInflateInit } from 'pako';
import type { ByteSource } from './byte-source.ts';
import { checkEnd, startInflate } from './pako-pull.ts';

/**
 * Opens the zlib stream of `size` inflated bytes at `offset` of `source`, to be taken piece by
 * piece when it suits the caller: each call of the result fills its argument with the next bytes,
 * of which there are `size` in all. The stream's end and checksum are checked with the last of them.
 * The calls throw FormatError BAD_ZLIB or TRUNCATED; the stream is of no use then.
 */
export function openInflateStream(
  source: ByteSource,
  offset: number,
  size: number,
): (out: Uint8Array) => void {
  const stream = new ZStream();
  zlibInflateInit(stream);
  const inflateInto = startInflate(stream, source, offset);
  return (out) => {
    const wanted = stream.total_out + out.length;
    let ended = inflateInto(out as Uint8Array<ArrayBuffer>);
    if (wanted === size && !ended) ended = inflateInto(new Uint8Array(0));
    if (wanted >= size || ended) checkEnd(ended, stream.total_out, size, offset);
  };
}
