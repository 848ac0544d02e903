import type { Inflater } from './inflate.ts';
import { InflatePieces } from './inflate-pieces.ts';

/**
 * The inflater of guests and tools, in WebAssembly. All its streams share its memory: a source or a
 * sink must not call the inflater that calls it.
 * @throws what WebAssembly throws, where the runtime lacks it or its SIMD instructions
 */
export function createInflater(): Inflater {
  const pieces = new InflatePieces();
  return {
    inflate(source, offset, out) {
      pieces.start(source, offset, out.length);
      let at = 0;
      for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) {
        out.set(piece, at);
        at += piece.length;
      }
      return pieces.finish();
    },

    inflateStream(source, offset, size, sink) {
      pieces.start(source, offset, size);
      for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) {
        if (piece.length > 0 && sink(piece) === false) return undefined;
      }
      return pieces.finish();
    },
  };
}
