import { type ByteSource, partOfSource, peekBytes, readExact } from './byte-source.ts';
import { compareBytes, equalBytes } from './bytes.ts';
import { FormatError } from './errors.ts';
import { IDX_TRAILER_SIZE, idxSize } from './idx-layout.ts';
import type { Image } from './image.ts';
import { OID_LENGTH } from './oid.ts';
import { type BlockHeader, openBlock } from './path-index-block.ts';
import { type BlockPlace, findChild } from './path-index-inner.ts';
import {
  decodePathIndexFooter,
  hasPathIndexMagic,
  MAX_BLOCK_UNITS,
  MAX_PATH_KEY,
  PATH_INDEX_UNIT,
  type PathIndexFooter,
} from './path-index-layout.ts';
import { type PathEntry, type PathIndexBounds, PathIndexLeaf } from './path-index-leaf.ts';
import { nameFault } from './tree.ts';

/** Blocks that are kept, in bytes: what a reader of the index takes of memory, but for a little. */
const CACHE_BYTES = 512 * 1024;

/** A block that was read and found sound. */
interface Block {
  readonly bytes: Uint8Array;
  readonly header: BlockHeader;
}

/**
 * The path index at the end of an image, searched where it stands: a look-up descends from the root
 * block, which is in memory, reading one block a level; the blocks used last are kept.
 */
export class PathIndex {
  readonly footer: PathIndexFooter;
  readonly #section: ByteSource;
  readonly #bounds: PathIndexBounds;
  readonly #root: Block;
  /** By their first units, in the order of use. */
  readonly #blocks = new Map<number, Block>();
  #cached = 0;

  /** @throws FormatError BAD_INDEX unless the footer and the root of `root` fit `image` */
  constructor(image: Image, root: Uint8Array) {
    const footer = decodePathIndexFooter(root);
    const header = openBlock(root);
    const { source } = image;
    const { sectionSize, leafUnits } = footer;
    if (
      sectionSize % PATH_INDEX_UNIT !== 0 ||
      sectionSize < PATH_INDEX_UNIT ||
      leafUnits >= sectionSize / PATH_INDEX_UNIT ||
      sectionSize > source.size - image.idxOffset - footer.idxSize ||
      header.level === 0 ||
      footer.rootRank >= image.objectCount ||
      footer.rootPackOffset >= image.pack.size ||
      (header.count === 0) !== (footer.pathCount === 0)
    ) {
      throw new FormatError('BAD_INDEX', 'a path index of impossible size');
    }
    checkBelongs(image, footer);
    this.footer = footer;
    this.#section = partOfSource(source, source.size - sectionSize, source.size);
    this.#root = { bytes: root, header };
    this.#bounds = { objectCount: image.objectCount, packSpan: image.pack.size };
  }

  /** What the index says of `key`, undefined if it has no such path. @throws FormatError BAD_INDEX */
  find(key: Uint8Array): PathEntry | undefined {
    const place = this.#placeOfLeaf(key);
    if (place === undefined) return undefined;
    const leaf = this.#openLeaf(place);
    const { upTo, found } = leaf.keys().seek(key);
    return found ? leaf.entryOf(upTo - 1) : undefined;
  }

  /**
   * Calls `visit` for each key that begins with the prefix of a directory, in their order: with bytes
   * that hold the key (borrowed for the call), its length, and the leaf and row to ask for the rest.
   * What follows the prefix is a name as trees hold them, and none comes twice.
   * @throws FormatError BAD_INDEX
   */
  scan(
    prefix: Uint8Array,
    visit: (bytes: Uint8Array, length: number, leaf: PathIndexLeaf, row: number) => void,
  ): void {
    const key = new Uint8Array(MAX_PATH_KEY);
    const { leafUnits } = this.footer;
    let last = 0;
    let place = this.#placeOfLeaf(prefix);
    while (place !== undefined) {
      const leaf = this.#openLeaf(place);
      const keys = leaf.keys();
      let inside = false;
      while (keys.next()) {
        const { shared, restStart, restEnd } = keys;
        const rest = keys.bytes.subarray(restStart, restEnd);
        if (compareBytes(key.subarray(shared, last), rest) >= 0) {
          throw new FormatError('BAD_INDEX', 'keys that do not rise');
        }
        key.set(rest, shared);
        const length = shared + rest.length;
        last = length;
        // A key that shares the whole prefix with the one before is on the same side of it.
        if (shared < prefix.length) {
          const order = compareBytes(key.subarray(0, Math.min(length, prefix.length)), prefix);
          if (order > 0) return;
          inside = order === 0 && length > prefix.length;
        }
        if (inside) checkKeyName(key, prefix.length, length);
        if (inside) visit(key, length, leaf, keys.read - 1);
      }
      // Leaves stand one behind the other.
      const unit: number = place.unit + place.units;
      place = unit < leafUnits ? { unit, units: this.#unitsAt(unit) } : undefined;
    }
  }

  /** The leaf that holds `key` if any does; undefined where there are no leaves. */
  #placeOfLeaf(key: Uint8Array): BlockPlace | undefined {
    if (this.footer.pathCount === 0) return undefined;
    let { bytes, header } = this.#root;
    while (header.level > 1) {
      const place = findChild(bytes, header, key);
      ({ bytes, header } = this.#readBlock(place, header.level - 1));
    }
    return findChild(bytes, header, key);
  }

  #openLeaf(place: BlockPlace): PathIndexLeaf {
    const { bytes, header } = this.#readBlock(place, 0);
    return new PathIndexLeaf(bytes, header.count, header.keysLength, this.#bounds);
  }

  #readBlock({ unit, units }: BlockPlace, level: number): Block {
    const known = this.#blocks.get(unit);
    let block = known;
    if (block === undefined) {
      const length = units * PATH_INDEX_UNIT;
      const start = unit * PATH_INDEX_UNIT;
      if (start + length > this.#section.size) {
        throw new FormatError('BAD_INDEX', 'a block outside the path index');
      }
      const bytes = readExact(this.#section, start, length);
      block = { bytes, header: openBlock(bytes) };
      this.#cached += length;
    } else {
      this.#blocks.delete(unit);
    }
    this.#blocks.set(unit, block);
    if (block.header.level !== level) {
      throw new FormatError('BAD_INDEX', 'a block of another level than its place');
    }
    for (const [oldest, { bytes }] of this.#blocks) {
      if (this.#cached <= CACHE_BYTES) break;
      this.#blocks.delete(oldest);
      this.#cached -= bytes.length;
    }
    return block;
  }

  /** The units of the block that begins at `unit`, as it says itself. */
  #unitsAt(unit: number): number {
    const known = this.#blocks.get(unit);
    if (known !== undefined) return known.bytes.length / PATH_INDEX_UNIT;
    const units = peekBytes(this.#section, unit * PATH_INDEX_UNIT, PATH_INDEX_UNIT)[5] ?? 0;
    if (units === 0 || units > MAX_BLOCK_UNITS) {
      throw new FormatError('BAD_INDEX', `a block of ${units} units`);
    }
    return units;
  }
}

/**
 * Finds the path index of an image: in its last bytes, one read away. Undefined if there is none.
 * @throws FormatError BAD_INDEX if it is damaged, or does not belong to this image
 */
export function openPathIndex(image: Image): PathIndex | undefined {
  const { source, idxOffset } = image;
  const at = source.size - PATH_INDEX_UNIT;
  if (at < idxOffset) return undefined;
  const root = readExact(source, at, PATH_INDEX_UNIT);
  return hasPathIndexMagic(root) ? new PathIndex(image, root) : undefined;
}

/** The name at the end of a key is to be one that a tree could hold. */
function checkKeyName(key: Uint8Array, start: number, end: number): void {
  const nul = key.subarray(start, end).includes(0);
  const fault = nul ? 'a name with a NUL inside' : nameFault(key, start, end);
  if (fault !== undefined) throw new FormatError('BAD_INDEX', fault);
}

/** The checksums cover PACK and IDX, and so all that the index speaks of. */
function checkBelongs(image: Image, footer: PathIndexFooter): void {
  const foreign = () => new FormatError('BAD_INDEX', 'the path index is of another image');
  if (
    !equalBytes(footer.commit, image.commit) ||
    footer.idxOffset !== image.idxOffset ||
    footer.objectCount !== image.objectCount ||
    footer.idxSize < idxSize(image.objectCount, 0)
  ) {
    throw foreign();
  }
  const trailer = readExact(image.idxSource, footer.idxSize - IDX_TRAILER_SIZE, IDX_TRAILER_SIZE);
  const packChecksum = trailer.subarray(0, OID_LENGTH);
  const idxChecksum = trailer.subarray(OID_LENGTH);
  if (
    !equalBytes(footer.packChecksum, packChecksum) ||
    !equalBytes(footer.idxChecksum, idxChecksum)
  ) {
    throw foreign();
  }
}
