import type * as Pako from 'pako';
import { FormatError } from '../base/errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { Inflater } from './inflate.ts';

const PIECE = 0x10000;
const EMPTY = new Uint8Array(0);

/**
 * An inflater over pako's zlib, for hosts without WebAssembly; the oracle of the tests. A fifth of
 * the speed of `createInflater`, and `pako` takes 3 ms to load: no guest carries it.
 */
export function createPakoInflater(pako: typeof Pako): Inflater {
  const stream = new pako.ZStream();
  pako.zlibInflateInit(stream);

  function release(): void {
    stream.input = EMPTY;
    stream.output = EMPTY;
  }

  return {
    inflate(source, offset, out) {
      const inflateInto = startInflate(pako, stream, source, offset);
      try {
        const ended = inflateInto(out as Uint8Array<ArrayBuffer>);
        checkEnd(ended, stream.total_out, out.length, offset);
        return stream.total_in;
      } finally {
        release();
      }
    },

    inflateStream(source, offset, size, sink, most = PIECE) {
      const inflateInto = startInflate(pako, stream, source, offset);
      const piece = new Uint8Array(Math.min(most, PIECE, size));
      try {
        for (let done = 0; ; ) {
          const ended = inflateInto(piece.subarray(0, Math.min(piece.length, size - done)));
          const fresh = stream.total_out - done;
          done = stream.total_out;
          if (fresh > 0 && sink(piece.subarray(0, fresh)) === false) return undefined;
          if (ended || done === size) {
            const over = ended || inflateInto(EMPTY);
            checkEnd(over, done, size, offset);
            return stream.total_in;
          }
        }
      } finally {
        release();
      }
    },
  };
}

/**
 * Starts `stream` over at `offset` of `source`; gives a function that inflates until its output is
 * full or the stream ends, and says which: true at the end.
 */
function startInflate(
  pako: typeof Pako,
  stream: Pako.ZStream,
  source: ByteSource,
  offset: number,
): (out: Uint8Array<ArrayBuffer>) => boolean {
  const { zlibInflate, Z_BUF_ERROR, Z_FINISH, Z_OK, Z_STREAM_END } = pako;
  pako.zlibInflateReset(stream);
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
function checkEnd(ended: boolean, given: number, promised: number, offset: number): void {
  if (ended && given === promised) return;
  const amount = ended ? `${given}` : 'more';
  throw new FormatError(
    'BAD_ZLIB',
    `${amount} bytes inflated instead of the promised ${promised}`,
    {
      offset,
    },
  );
}
