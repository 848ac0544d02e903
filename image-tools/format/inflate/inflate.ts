import { FormatError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { Idx } from '../idx/idx.ts';
import type { EntryDecoder } from './entry-decoder.ts';
import type { PartReader, StreamPlace } from './seekable-stream.ts';
import type { TreeWalk } from './tree-walk.ts';

/** Takes a piece of an inflated stream, borrowed for the call; false stops the stream. */
export type InflateSink = (piece: Uint8Array) => boolean | undefined;

/** Inflates zlib streams (RFC 1950) whose inflated size is known. */
export interface Inflater {
  /**
   * Inflates the stream that begins at `offset` of `source` into `out`, which it must fill exactly;
   * its Adler-32 is checked. Gives the stream's compressed length in bytes, trailer included.
   * @throws FormatError BAD_ZLIB, TRUNCATED; `out` then holds anything
   */
  inflate(source: ByteSource, offset: number, out: Uint8Array): number;
  /**
   * The same for a stream of `size` bytes that goes to `sink` in pieces, of hardly more than `most` bytes where
   * that is given. Gives undefined if the sink stopped it: the rest is neither read nor checked then.
   * @throws FormatError BAD_ZLIB, TRUNCATED
   */
  inflateStream(
    source: ByteSource,
    offset: number,
    size: number,
    sink: InflateSink,
    most?: number,
  ): number | undefined;
  /** A stream with memory of its own, any part of which is read without all that stands before it. */
  openStream?(place: StreamPlace): PartReader;
  /** Makes ready what {@link openDecoder} needs: for a moment when a device is busy. */
  prepareDecoder?(): void;
  /** A decoder for the entries of a PACK, with memory of its own, where that is faster than to inflate. */
  openDecoder?(pack: ByteSource): EntryDecoder;
  /**
   * A walk over the trees of a PACK, of `maxSize` bytes together at most, where that is faster than to decode
   * one by one; it reads the whole of `idx`, which is not empty. @throws FormatError TRUNCATED, LIMIT
   */
  openTreeWalk?(pack: ByteSource, idx: Idx, limits: Limits, maxSize: number): TreeWalk;
}

/** A deflate stream holds at most 258 bytes in two bits, plus what its headers cost. */
const MAX_EXPANSION = 1032;

/**
 * Refuses a size that no zlib stream in the `available` compressed bytes can give: to be called
 * before anything is allocated for it.
 * @throws FormatError BAD_ZLIB
 */
export function checkInflatedSize(size: number, available: number, offset?: number): void {
  if (size > available * MAX_EXPANSION) {
    throw new FormatError('BAD_ZLIB', `a stream of ${available} bytes cannot inflate to ${size}`, {
      offset,
    });
  }
}
