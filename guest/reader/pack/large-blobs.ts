import {
  allocateBytes,
  type ByteSource,
  checkInflatedSize,
  type EntryDecoder,
  type EntryHeader,
  type Inflater,
  isDelta,
  type Limits,
  OBJECT_BLOB,
  type ObjectType,
  type PackOffset,
  type PartReader,
  readResultSize,
  SkippingStream,
} from '#format';
import { CachedPieces } from './cached-pieces.ts';
import { DeltaParts, type Parts, ScatteredDelta } from './delta-parts.ts';
import type { EntryInflater } from './entry-inflater.ts';
import type { ObjectCache } from './object-cache.ts';
import { checkType } from './pack-object.ts';

/** Blobs above this many bytes are read in part without being inflated whole, where they can be. */
export const STREAM_ABOVE = 1 << 20;
/** What large blobs that are read in turns may take together, in bytes, but for the one that is read. */
const MAX_BYTES = 4 << 20;
/** Blobs up to this part of the cache are built to be read in parts, even large ones: others may need them. */
const BUILT_SHARE = 1 / 4;
/** What the deltas of a blob may take that is read in parts without being built: bytes, and how many. */
const MAX_DELTA_BYTES = 5 << 20;
const MAX_LAYERS = 64;

/** Gives memory for so many bytes of what begins at an offset, which errors name. @throws FormatError LIMIT */
export type Allocate = (size: number, packOffset: PackOffset) => Uint8Array;

/** What {@link LargeBlobs} read with. */
export interface LargeBlobSources {
  readonly pack: ByteSource;
  readonly inflater: Inflater;
  readonly limits: Limits;
  readonly cacheBytes: number;
  readonly decoder: EntryDecoder;
  readonly entries: EntryInflater;
  /** In the memory of `decoder`. */
  readonly cache: ObjectCache;
  /** Where the parts of a large blob begin afresh, whose stream begins at `dataOffset`, if somebody knows. */
  readonly restarts?:
    | ((dataOffset: PackOffset, size: number) => Float64Array | undefined)
    | undefined;
  /** Where the base of a delta stands. @throws FormatError */
  readonly baseOf: (header: EntryHeader) => PackOffset;
}

/** A blob whose parts are read; where it is made of deltas, what they are against at last, and where that stands. */
interface OpenBlob {
  readonly parts: Parts;
  readonly end?: PackOffset;
  readonly base?: OpenBlob;
}

/**
 * Blobs of which parts are read without building them: as streams, and as deltas over streams. Those read
 * last stay open within a few MiB, so that several can be read in turns.
 */
export class LargeBlobs {
  readonly #sources: LargeBlobSources;
  /** By their entries, in the order of use; a base before what is against it. */
  readonly #open = new Map<PackOffset, OpenBlob>();
  /** The blob that was found to be built faster than it is read in parts. */
  #builtWhole: PackOffset = -1;

  constructor(sources: LargeBlobSources) {
    this.#sources = sources;
  }

  /** A part, in a buffer that `allocate` gives; undefined of a blob that is not large, or better built. */
  readPart(
    packOffset: PackOffset,
    offset: number,
    length: number,
    allocate: Allocate,
  ): Uint8Array | undefined {
    const blob = this.#find(packOffset);
    if (blob === undefined) return undefined;
    const { parts } = blob;
    const start = Math.min(offset, parts.size);
    const part = allocate(Math.min(length, parts.size - start), packOffset);
    try {
      parts.readInto(part, start);
      return part;
    } catch (error) {
      if (!(error instanceof ScatteredDelta)) throw error;
      this.#close(packOffset);
      this.#builtWhole = packOffset;
      return undefined;
    }
  }

  /** A stream with memory of its own. */
  openStream(offset: PackOffset, size: number, restarts?: Float64Array): PartReader {
    const { inflater, pack: source } = this.#sources;
    const place = { source, offset, size, restarts };
    return inflater.openStream?.(place) ?? new SkippingStream(place, inflater);
  }

  #find(packOffset: PackOffset): OpenBlob | undefined {
    if (packOffset === this.#builtWhole) return undefined;
    let blob = this.#open.get(packOffset);
    if (blob === undefined) {
      const header = this.#sources.decoder.readHeader(packOffset);
      if (isDelta(header)) blob = this.#openDelta(packOffset, header);
      else if (header.size > STREAM_ABOVE) blob = this.#openLarge(packOffset, header);
      if (blob === undefined) return undefined;
    }
    const { end, base } = blob;
    if (end !== undefined && base !== undefined) this.#touch(end, base);
    this.#touch(packOffset, blob);
    let bytes = 0;
    for (const { parts } of this.#open.values()) bytes += parts.byteLength ?? 0;
    for (const [oldest, { parts }] of this.#open) {
      if (bytes <= MAX_BYTES || oldest === end || oldest === packOffset) break;
      bytes -= parts.byteLength ?? 0;
      this.#close(oldest);
    }
    return blob;
  }

  #touch(packOffset: PackOffset, blob: OpenBlob): void {
    this.#open.delete(packOffset);
    this.#open.set(packOffset, blob);
  }

  #close(packOffset: PackOffset): void {
    this.#open.get(packOffset)?.parts.release?.();
    this.#open.delete(packOffset);
  }

  #openLarge(packOffset: PackOffset, { type, dataOffset, size }: EntryHeader): OpenBlob {
    checkType(type as ObjectType, OBJECT_BLOB, packOffset);
    const { pack, restarts } = this.#sources;
    checkInflatedSize(size, pack.size - dataOffset, dataOffset);
    return { parts: this.openStream(dataOffset, size, restarts?.(dataOffset, size)) };
  }

  /** A large blob by its deltas; undefined if it is not large, or they are too many or too large themselves. */
  #openDelta(packOffset: PackOffset, first: EntryHeader): OpenBlob | undefined {
    const { pack, decoder, entries, cache, limits, cacheBytes, inflater, baseOf } = this.#sources;
    const size = readResultSize(pack, first, inflater);
    if (size <= Math.max(STREAM_ABOVE, cacheBytes * BUILT_SHARE)) return undefined;
    entries.checkLimit(size, first);
    const deltas: Uint8Array[] = [];
    let left = MAX_DELTA_BYTES;
    let end = packOffset;
    let header = first;
    for (; isDelta(header); header = decoder.readHeader(end)) {
      left -= entries.checkedSize(header);
      if (left < 0 || deltas.length === Math.min(MAX_LAYERS, limits.maxDeltaDepth))
        return undefined;
      const delta = new Uint8Array(header.size);
      entries.inflate(header, delta);
      deltas.push(delta);
      end = baseOf(header);
    }
    checkType(header.type as ObjectType, OBJECT_BLOB, end);
    const base = this.#find(end) ?? { parts: this.#inMemory(header, end) };
    const pieces = new CachedPieces(cache, decoder, end);
    return { parts: new DeltaParts(deltas, base.parts, pieces), end, base };
  }

  /** The parts of a small object with bytes of its own. */
  #inMemory(header: EntryHeader, packOffset: PackOffset): Parts {
    const { entries } = this.#sources;
    const bytes = allocateBytes(entries.checkedSize(header), packOffset);
    entries.inflate(header, bytes);
    const { length: size } = bytes;
    const readInto = (out: Uint8Array, offset: number) =>
      out.set(bytes.subarray(offset, offset + out.length));
    return { size, byteLength: size, readInto };
  }
}
