import { FormatError } from '../base/errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { InflatePieces } from './inflate-pieces.ts';

/**
 * Opens the zlib stream of `size` inflated bytes at `offset` of `source`, to be taken when it suits
 * the caller: each call of the result fills its argument with the next bytes, of which there are
 * `size` in all. The stream's end and checksum are checked with the last of them. Each open stream
 * has memory of its own, 256 KiB.
 * @throws FormatError BAD_ZLIB, TRUNCATED, and so do the calls: the stream is of no use then
 */
export function openInflateStream(
  source: ByteSource,
  offset: number,
  size: number,
): (out: Uint8Array) => void {
  const pieces = new InflatePieces();
  pieces.start(source, offset, size);
  let rest: Uint8Array = new Uint8Array(0);
  let given = 0;

  function takeNext(): boolean {
    const next = pieces.next();
    if (next !== undefined) rest = next;
    return next !== undefined;
  }

  return (out) => {
    for (let at = 0; at < out.length; ) {
      if (rest.length === 0 && !takeNext()) {
        throw new FormatError('BAD_ZLIB', `more than the ${size} bytes promised are wanted`, {
          offset,
        });
      }
      const part = rest.subarray(0, out.length - at);
      out.set(part, at);
      at += part.length;
      rest = rest.subarray(part.length);
    }
    given += out.length;
    if (given === size) while (rest.length === 0 && takeNext());
  };
}
