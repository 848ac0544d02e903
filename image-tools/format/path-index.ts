import { type ByteSource, partOfSource, peekBytes, readExact } from './byte-source.ts';
import { compareBytes, copyRange, equalBytes } from './bytes.ts';
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
  PATH_INDEX_UNIT,
  type PathIndexFooter,
} from './path-index-layout.ts';
import { type PathEntry, type PathIndexBounds, PathIndexLeaf } from './path-index-leaf.ts';
import { RisingName } from './rising-name.ts';

/** Blocks that are kept, in bytes: what a reader of the index takes of memory, but for a little. */
const CACHE_BYTES = 512 * 1024;

/** Most units that a scan reads at once. */
const MAX_READ_AHEAD = 8;
/** Where a block says how many units it has. */
const UNITS_AT = 5;

/**
 * Takes what follows the prefix in a key that a scan has found: the first `length` bytes of `name`,
 * borrowed for the call, of which the key before has `common` too. The rest is known to `leaf`, in
 * its `row`.
 */
export type PathVisitor = (
  name: Uint8Array,
  length: number,
  common: number,
  leaf: PathIndexLeaf,
  row: number,
) => void;

/** A block that was read. */
class Block {
  readonly bytes: Uint8Array;
  #header: BlockHeader | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The block is checked when this is asked for first. @throws FormatError BAD_INDEX */
  get header(): BlockHeader {
    this.#header ??= openBlock(this.bytes);
    return this.#header;
  }
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
    const block = new Block(root);
    const { header } = block;
    checkBelongs(image, footer);
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
    this.footer = footer;
    this.#section = partOfSource(source, source.size - sectionSize, source.size);
    this.#root = block;
    this.#bounds = { objectCount: image.objectCount, packSpan: image.pack.size };
  }

  /** What the index says of `key`, undefined if it has no such path. @throws FormatError BAD_INDEX */
  find(key: Uint8Array): PathEntry | undefined {
    const place = this.#placeOfLeaf(key);
    if (place === undefined) return undefined;
    const leaf = this.#leafIn(this.#readBlock(place, 0));
    const { upTo, found } = leaf.keys().seek(key);
    return found ? leaf.entryOf(upTo - 1) : undefined;
  }

  /**
   * Calls `visit` for each key that begins with `prefix` and goes on, in their order. What follows
   * the prefix of a directory is a name that a tree could hold, and none comes twice.
   * @throws FormatError BAD_INDEX
   */
  scan(prefix: Uint8Array, visit: PathVisitor): void {
    const { leafUnits } = this.footer;
    const first = this.#placeOfLeaf(prefix);
    if (first === undefined) return;
    let block = this.#readBlock(first, 0);
    let unit = first.unit;
    /** The current key, up to the length of the prefix. */
    const head = new Uint8Array(prefix.length);
    const name = new RisingName();
    for (let ahead = 2; ; ahead = Math.min(ahead * 2, MAX_READ_AHEAD)) {
      const leaf = this.#leafIn(block);
      const keys = leaf.keys();
      let inside = prefix.length === 0;
      while (keys.next()) {
        const { bytes, shared, restStart, restEnd } = keys;
        const missing = Math.max(0, prefix.length - shared);
        // A key that shares the whole prefix with the one before is on the same side of it.
        if (missing > 0) {
          const part = bytes.subarray(restStart, Math.min(restEnd, restStart + missing));
          head.set(part, shared);
          const order = compareBytes(head.subarray(0, shared + part.length), prefix);
          if (order > 0) return;
          inside = order === 0 && restEnd > restStart + missing;
        }
        if (!inside) continue;
        const common = Math.max(0, shared - prefix.length);
        name.next(common, bytes, restStart + missing, restEnd);
        visit(name.bytes, name.length, common, leaf, keys.read - 1);
      }
      // Leaves stand one behind the other.
      unit += block.bytes.length / PATH_INDEX_UNIT;
      if (unit >= leafUnits) return;
      block = this.#readLeaves(unit, Math.min(ahead, leafUnits - unit));
    }
  }

  /** The leaf that holds `key` if any does; undefined where there are no leaves. */
  #placeOfLeaf(key: Uint8Array): BlockPlace | undefined {
    if (this.footer.pathCount === 0) return undefined;
    let block = this.#root;
    for (;;) {
      const place = findChild(block.bytes, block.header, key);
      if (block.header.level === 1) return place;
      block = this.#readBlock(place, block.header.level - 1);
    }
  }

  #leafIn({ bytes, header }: Block): PathIndexLeaf {
    return new PathIndexLeaf(bytes, header.count, header.keysLength, this.#bounds);
  }

  #readBlock({ unit, units }: BlockPlace, level: number): Block {
    const known = this.#blocks.get(unit);
    const block =
      known ?? new Block(copyRange(this.#peek(unit, units), 0, units * PATH_INDEX_UNIT));
    this.#keep(unit, block);
    if (block.header.level !== level) {
      throw new FormatError('BAD_INDEX', 'a block of another level than its place');
    }
    return block;
  }

  /** The leaf that begins at `unit`; those behind it are read along, up to `count` units in all. */
  #readLeaves(unit: number, count: number): Block {
    const known = this.#blocks.get(unit);
    if (known !== undefined) return this.#readBlock({ unit, units: 0 }, 0);
    let bytes = this.#peek(unit, count);
    const units = bytes[UNITS_AT] as number;
    if (units > count) bytes = this.#peek(unit, Math.min(units, MAX_BLOCK_UNITS));
    for (let at = 0; at < bytes.length; ) {
      const end = at + (bytes[at + UNITS_AT] as number) * PATH_INDEX_UNIT;
      if (end === at || end > bytes.length) break;
      this.#keep(unit + at / PATH_INDEX_UNIT, new Block(copyRange(bytes, at, end)));
      at = end;
    }
    return this.#readBlock({ unit, units }, 0);
  }

  /** A borrowed view of units. */
  #peek(unit: number, units: number): Uint8Array {
    const length = units * PATH_INDEX_UNIT;
    const start = unit * PATH_INDEX_UNIT;
    if (length === 0 || length > this.#section.size - start) {
      throw new FormatError('BAD_INDEX', 'a block outside the path index');
    }
    return peekBytes(this.#section, start, length).subarray(0, length);
  }

  /** Makes a block the one used last, and lets go of those that there is no room for. */
  #keep(unit: number, block: Block): void {
    if (!this.#blocks.delete(unit)) this.#cached += block.bytes.length;
    this.#blocks.set(unit, block);
    for (const [oldest, { bytes }] of this.#blocks) {
      if (this.#cached <= CACHE_BYTES) return;
      this.#blocks.delete(oldest);
      this.#cached -= bytes.length;
    }
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

/** The checksums cover PACK and IDX, and so all that the index speaks of. */
function checkBelongs(image: Image, footer: PathIndexFooter): void {
  const foreign = () => new FormatError('BAD_INDEX', 'the path index is of another image');
  if (
    !equalBytes(footer.commit, image.commit) ||
    footer.idxOffset !== image.idxOffset ||
    footer.objectCount !== image.objectCount ||
    footer.idxSize < idxSize(image.objectCount, 0) ||
    footer.idxSize > image.idxSource.size
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
