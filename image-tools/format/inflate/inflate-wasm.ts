import type { Inflater } from './inflate.ts';
import { InflatePieces } from './inflate-pieces.ts';
import { PiecesPool } from './pieces-pool.ts';
import { SeekableStream } from './seekable-stream.ts';
import { compileDecoder, WasmDecoder } from './wasm-decoder.ts';
import { WasmTreeWalk } from './wasm-tree-walk.ts';

/**
 * The inflater of guests and tools, in WebAssembly. All its streams share its memory: a source or a
 * sink must not call the inflater that calls it. Its methods throw what WebAssembly throws, where the
 * runtime lacks it or its SIMD instructions.
 */
export function createInflater(): Inflater {
  let instance: InflatePieces | undefined;
  const pool = new PiecesPool();
  /** Readers of a PACK need a decoder, and most of them nothing else. */
  function lazily(): InflatePieces {
    instance ??= new InflatePieces();
    return instance;
  }
  return {
    prepareDecoder: compileDecoder,
    openDecoder: (pack) => new WasmDecoder(pack),
    openStream: (place) => new SeekableStream(place, pool),
    openTreeWalk: (pack, idx, limits, maxSize) => new WasmTreeWalk(pack, idx, limits, maxSize),

    inflate(source, offset, out) {
      const pieces = lazily();
      pieces.start(source, offset, out.length);
      let at = 0;
      for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) {
        out.set(piece, at);
        at += piece.length;
      }
      return pieces.finish();
    },

    inflateStream(source, offset, size, sink, most) {
      const pieces = lazily();
      pieces.start(source, offset, size);
      for (let piece = pieces.next(most); piece !== undefined; piece = pieces.next(most)) {
        if (piece.length > 0 && sink(piece) === false) return undefined;
      }
      return pieces.finish();
    },
  };
}
