import {
  Z_BUF_ERROR,
  Z_FINISH,
  Z_OK,
  Z_STREAM_END,
  type ZStream,
  zlibInflate,
  zlibInflateReset,
} from 'pako';
import type { ByteSource } from './byte-source.ts';
import { FormatError } from './errors.ts';

/**
 * Starts `stream` over at `offset` of `source`; gives a function that inflates until its output is
 * full or the stream ends, and says which: true at the end.
 */
export function startInflate(
  stream: ZStream,
  source: ByteSource,
  offset: number,
): (out: Uint8Array<ArrayBuffer>) => boolean {
  zlibInflateReset(stream);
  let inputAt = offset;
  return (out) => {
    stream.output = out;
    stream.next_out = 0;
    stream.avail_out = out.length;
    for (;;) {
      const input = source.window(inputAt, stream.avail_out + 64);
      stream.input = input;
      stream.next_in = 0;
      stream.avail_in = input.length;
      const room = stream.avail_out;
      const status = zlibInflate(stream, Z_FINISH);
      const consumed = input.length - stream.avail_in;
      inputAt += consumed;
      if (status === Z_STREAM_END) return true;
      if (status !== Z_OK && status !== Z_BUF_ERROR) {
        throw new FormatError('BAD_ZLIB', stream.msg || 'not a zlib stream', { offset: inputAt });
      }
      if (input.length === 0) {
        throw new FormatError('TRUNCATED', 'a zlib stream does not end', { offset: inputAt });
      }
      // The last bits and the checksum still want input when the output is full already.
      if (consumed === 0 && stream.avail_out === room) return false;
    }
  };
}

/** @throws FormatError BAD_ZLIB unless the stream ended with the promised number of bytes */
export function checkEnd(ended: boolean, given: number, promised: number, offset: number): void {
  if (ended && given === promised) return;
  const amount = ended ? `${given}` : 'more';
  throw new FormatError('BAD_ZLIB', `${amount} bytes inflated where ${promised} are promised`, {
    offset,
  });
}
