import { FormatError } from '../base/errors.ts';
import type { Inflater } from './inflate.ts';
import type { PartReader, StreamPlace } from './seekable-stream.ts';

/**
 * A zlib stream that is read anywhere, for hosts without WebAssembly: each part inflates again what stands
 * before it. The checksum is compared when the end is read.
 */
export class SkippingStream implements PartReader {
  readonly size: number;
  readonly #place: StreamPlace;
  readonly #inflater: Inflater;

  constructor(place: StreamPlace, inflater: Inflater) {
    this.size = place.size;
    this.#place = place;
    this.#inflater = inflater;
  }

  /** Remembers nothing that could be frozen. */
  freeze(): void {}

  /** Always begins at the start. */
  goBack(): void {}

  readInto(out: Uint8Array, offset: number): void {
    const end = offset + out.length;
    if (end > this.size) throw new RangeError(`bytes ${offset} to ${end} of ${this.size}`);
    const { source, offset: start, size } = this.#place;
    let at = 0;
    this.#inflater.inflateStream(source, start, size, (piece) => {
      const from = Math.max(0, offset - at);
      if (from < piece.length) {
        out.set(piece.subarray(from, Math.max(from, end - at)), at + from - offset);
      }
      at += piece.length;
      return end === size || at < end;
    });
    if (at >= end) return;
    throw new FormatError('BAD_ZLIB', 'a zlib stream ends before its promised size', {
      offset: start,
    });
  }
}
