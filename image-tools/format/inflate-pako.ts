import { ZStream, zlibInflateInit } from 'pako';
import type { Inflater } from './inflate.ts';
import { checkEnd, startInflate } from './pako-pull.ts';

const PIECE = 0x10000;
const EMPTY = new Uint8Array(0);

/** An inflater over pako's zlib: portable, and the oracle that faster ones are tested against. */
export function createPakoInflater(): Inflater {
  const stream = new ZStream();
  zlibInflateInit(stream);

  function release(): void {
    stream.input = EMPTY;
    stream.output = EMPTY;
  }

  return {
    inflate(source, offset, out) {
      const inflateInto = startInflate(stream, source, offset);
      try {
        const ended = inflateInto(out as Uint8Array<ArrayBuffer>);
        checkEnd(ended, stream.total_out, out.length, offset);
        return stream.total_in;
      } finally {
        release();
      }
    },

    inflateStream(source, offset, size, sink) {
      const inflateInto = startInflate(stream, source, offset);
      const piece = new Uint8Array(Math.min(PIECE, size));
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
