import type { PackOffset } from '../base/offsets.ts';
import type { EntryHeader } from '../git/pack-entry.ts';
import { OUTPUT_MARGIN } from '../wasm/objects/memory-map.ts';

/** Writing an object may overwrite this many bytes after it. */
export const OBJECT_MARGIN = OUTPUT_MARGIN;

/**
 * Decodes the entries of one PACK into a memory of its own, where their objects can stay and be the
 * bases of others. The caller arranges that memory and checks sizes against its limits. Addresses are
 * offsets in `memory.buffer`.
 */
export interface EntryDecoder {
  /** All of the memory; another array, and views of the former are gone, once it has grown. */
  readonly memory: Uint8Array;
  /** Where objects may begin. */
  readonly start: number;
  /** The largest delta for which it has a place of its own, in bytes. */
  readonly maxDeltaSize: number;
  /** Where the entry ends that was inflated last. */
  readonly end: PackOffset;
  /** Grows to at least `size` bytes. @throws FormatError LIMIT where the machine has no memory left */
  grow(size: number): void;
  /** As `readEntryHeader` does. @throws FormatError TRUNCATED, BAD_PACK, BAD_DELTA */
  readHeader(packOffset: PackOffset): EntryHeader;
  /** Inflates an entry to `address`, where its size has room. @throws FormatError BAD_ZLIB, TRUNCATED */
  inflate(header: EntryHeader, address: number): void;
  /**
   * Inflates a delta, for {@link applyDelta} to be called next; gives the size of its result. It takes a
   * place of its own, or room at `address`.
   * @throws FormatError BAD_ZLIB, TRUNCATED, BAD_DELTA
   */
  inflateDelta(header: EntryHeader, address?: number): number;
  /**
   * Applies the delta to the base at `base`; `size` bytes at `address`, where they have room, must be
   * what that gives. @throws FormatError BAD_DELTA
   */
  applyDelta(base: number, baseSize: number, address: number, size: number): void;
  /**
   * What the function `listDirectories` does, for a tree in the memory; `visit` must not call the
   * decoder. @throws FormatError BAD_TREE, LIMIT
   */
  listDirectories(content: Uint8Array, visit: (oidStart: number) => void): void;
}
