import { FormatError } from '../base/errors.ts';
import type { PackOffset } from '../base/offsets.ts';
import { type ByteSource, partOfSource, peekBytes, readExact } from '../bytes/byte-source.ts';
import { compareBytes, copyRange, equalBytes } from '../bytes/bytes.ts';
import { OID_LENGTH } from '../git/oid.ts';
import { IDX_TRAILER_SIZE, idxSize } from '../idx/idx-layout.ts';
import type { Image } from '../image/image.ts';
import { Block, BlockCache } from './block-cache.ts';
import { DirectoryNames } from './directory-names.ts';
import { type BlockPlace, findChild } from './inner.ts';
import { keyOf } from './key.ts';
import {
  decodePathIndexFooter,
  hasPathIndexMagic,
  MAX_BLOCK_UNITS,
  PATH_INDEX_UNIT,
  type PathIndexFooter,
} from './layout.ts';
import {
  type FoundEntry,
  MAX_LEAF_ROWS,
  type PathIndexBounds,
  type PathIndexLeaf,
} from './leaf.ts';
import { type ListedPaths, PathLister, type PlacedLeaf } from './path-lister.ts';
import { RESTARTS_LEVEL, Restarts } from './restarts.ts';

/** Blocks that are kept at least, in bytes: what a reader of the index takes of memory, but for a little. */
const LEAST_CACHE_BYTES = 512 * 1024;

/** Most units that a listing reads at once. */
const MAX_READ_UNITS = 16;
/** Room for the names of a page, which grows: most directories have few, and many pages have none. */
const FIRST_NAMES = 64;
/** Where a block says how many units it has. */
const UNITS_AT = 5;

/** How a path index is read. */
export interface PathIndexOptions {
  /** False: only hints are asked for, and the checksums are not read. */
  readonly proves?: boolean;
  /** Bytes of blocks that may be kept; less than 512 KiB are not of use. */
  readonly cacheBytes?: number;
}

/** Takes entries of a directory: those from row `first` to before `end` of a leaf. */
type RowsVisitor = (leaf: PathIndexLeaf, first: number, end: number) => void;

/** Some entries of a directory, one or more: those that one leaf holds. */
export interface DirectoryPage {
  readonly leaf: PathIndexLeaf;
  /** The row of the first of them. */
  readonly row: number;
  /** Their names, a NUL after each: from the byte `from` to before `end`. */
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly end: number;
}

/** An entry by its position: `leaf.keyOf(row)` gives its key. */
interface PlacedEntry {
  readonly entry: FoundEntry;
  readonly leaf: PathIndexLeaf;
  readonly row: number;
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
  readonly #restarts: Restarts;
  /** Whose checksums are still to be compared. */
  #unproven: Image | undefined;
  readonly #blocks: BlockCache;

  /** @throws FormatError BAD_INDEX unless the footer and the root of `root` fit `image` */
  constructor(
    image: Image,
    root: Uint8Array,
    { proves = true, cacheBytes = 0 }: PathIndexOptions = {},
  ) {
    const footer = decodePathIndexFooter(root);
    const { sectionSize, leafUnits, restartUnits } = footer;
    const block = new Block(root, sectionSize / PATH_INDEX_UNIT - 1);
    const { header } = block;
    checkBelongs(image, footer);
    const { source } = image;
    if (
      sectionSize % PATH_INDEX_UNIT !== 0 ||
      sectionSize < PATH_INDEX_UNIT ||
      leafUnits + restartUnits >= sectionSize / PATH_INDEX_UNIT ||
      sectionSize > source.size - image.idxOffset - footer.idxSize ||
      header.level === 0 ||
      footer.rootRank >= image.objectCount ||
      footer.rootPackOffset >= image.pack.size ||
      (header.count === 0) !== (footer.pathCount === 0)
    ) {
      throw new FormatError('BAD_INDEX', 'the path index has an impossible size');
    }
    this.footer = footer;
    this.#section = partOfSource(source, source.size - sectionSize, source.size);
    this.#root = block;
    this.#blocks = new BlockCache(Math.max(cacheBytes, LEAST_CACHE_BYTES));
    this.#unproven = image;
    // Where it can, the disk reads them while the caller does something else: they are compared before
    // anything is looked up.
    if (proves && source.expect === undefined) this.#prove();
    else if (proves) {
      image.idxSource.expect?.(footer.idxSize - IDX_TRAILER_SIZE, IDX_TRAILER_SIZE);
    }
    this.#bounds = { objectCount: image.objectCount, packSpan: image.pack.size };
    const readBlock = (number: number) => {
      const { bytes, header } = this.#readBlock(
        { unit: leafUnits + number, units: 1 },
        RESTARTS_LEVEL,
      );
      return { bytes, count: header.count };
    };
    this.#restarts = new Restarts(readBlock, restartUnits, image.pack.size);
  }

  /**
   * Where the parts of a large file begin in the PACK, `count` of them, of which the first one begins at
   * `start`; undefined if it was not deflated in such parts. @throws FormatError BAD_INDEX
   */
  restartsFrom(start: PackOffset, count: number): Float64Array | undefined {
    this.#prove();
    return this.#restarts.from(start, count);
  }

  /** What the index says of `key`, undefined if it has no such path. @throws FormatError BAD_INDEX */
  find(key: Uint8Array): FoundEntry | undefined {
    const place = this.#placeOfLeaf(key);
    if (place !== undefined) this.#expect(place);
    this.#prove();
    if (place === undefined) return undefined;
    const leaf = this.#readBlock(place, 0).leafIn(this.#bounds);
    const { upTo, found } = leaf.keys().seek(key);
    return found ? leaf.entryOf(upTo - 1) : undefined;
  }

  /**
   * What the index says of several keys, whose leaves are read at once. Its checksums have not been compared
   * yet: the answers are hints, which the caller must check. @throws FormatError BAD_INDEX
   */
  findTogether(keys: readonly Uint8Array[]): (FoundEntry | undefined)[] {
    const places = keys.map((key) => this.#placeOfLeaf(key));
    const wanted = places.filter((place) => place !== undefined && !this.#blocks.has(place.unit));
    const extents = wanted.flatMap((place) => {
      const { unit, units } = place as BlockPlace;
      return [unit * PATH_INDEX_UNIT, (unit + units) * PATH_INDEX_UNIT];
    });
    if (extents.length > 0) this.#section.prefetch?.(Float64Array.from(extents));
    return keys.map((key, i) => {
      const place = places[i];
      if (place === undefined) return undefined;
      const leaf = this.#readBlock(place, 0).leafIn(this.#bounds);
      const { upTo, found } = leaf.keys().seek(key);
      return found ? leaf.entryOf(upTo - 1) : undefined;
    });
  }

  /**
   * The names of the entries of a directory, by the prefix of their keys, in the order of their bytes;
   * each could stand in a tree, and none comes twice. `visit` is given the entries in the same order.
   * @param mostBytes more names than that are refused
   * @throws FormatError BAD_INDEX
   */
  list(prefix: Uint8Array, mostBytes: number, visit: RowsVisitor): DirectoryNames {
    let names: DirectoryNames | undefined;
    for (const { block, left } of this.#leavesFrom(prefix, prefix)) {
      names ??= new DirectoryNames(prefix, expectedBytes(left), mostBytes);
      const leaf = block.leafIn(this.#bounds);
      const rows = names.addLeaf(leaf.keys());
      visit(leaf, rows.first, rows.end);
    }
    return names ?? new DirectoryNames(prefix, 1, 1);
  }

  /**
   * The same leaf by leaf, so that memory does not grow with the directory: all entries, or those whose
   * names are above `after`. @throws FormatError BAD_INDEX
   */
  *pages(prefix: Uint8Array, after?: Uint8Array): Generator<DirectoryPage, void, void> {
    let last = after;
    const key = after === undefined ? prefix : keyOf(prefix, after);
    for (const { block } of this.#leavesFrom(prefix, key)) {
      const leaf = block.leafIn(this.#bounds);
      const names = new DirectoryNames(prefix, FIRST_NAMES, Number.POSITIVE_INFINITY);
      let row = names.addLeaf(leaf.keys()).first;
      const { bytes, length: end } = names;
      let from = 1;
      while (from < end && last !== undefined) {
        const nameEnd = bytes.indexOf(0, from);
        if (compareBytes(bytes.subarray(from, nameEnd), last) > 0) break;
        if (last !== after) throw new FormatError('BAD_INDEX', 'keys are not in ascending order');
        from = nameEnd + 1;
        row += 1;
      }
      if (from === end) continue;
      last = names.last;
      yield { leaf, row, bytes, from, end };
    }
  }

  /** Lists whole paths, far faster than page by page. @throws FormatError BAD_INDEX, as its calls do */
  listPaths(what: ListedPaths): PathLister {
    const placed = (block: Block | undefined): PlacedLeaf | undefined => {
      if (block === undefined) return undefined;
      return {
        leaf: block.leafIn(this.#bounds),
        end: block.unit + block.bytes.length / PATH_INDEX_UNIT,
      };
    };
    const leafFor = (key: Uint8Array) => {
      const place = this.#placeOfLeaf(key);
      this.#prove();
      if (place !== undefined && place.unit >= this.footer.leafUnits) {
        throw new FormatError('BAD_INDEX', 'a leaf lies behind the last one');
      }
      return placed(place && this.#readBlock(place, 0));
    };
    const leafAt = (unit: number) => {
      const left = this.footer.leafUnits - unit;
      return placed(left > 0 ? this.#readLeaves(unit, Math.min(left, MAX_READ_UNITS)) : undefined);
    };
    return new PathLister({ leafFor, leafAt }, what);
  }

  /** The entry that has this position; undefined if none has. */
  at(position: number): PlacedEntry | undefined {
    this.#prove();
    const unit = Math.floor(position / MAX_LEAF_ROWS);
    const row = position % MAX_LEAF_ROWS;
    if (!Number.isSafeInteger(position) || position < 0) return undefined;
    try {
      const leaf = this.#readLeaves(unit, 1).leafIn(this.#bounds);
      return { entry: leaf.entryOf(row), leaf, row };
    } catch (error) {
      // No leaf begins there, or it has no such row. A damaged leaf is reported when its paths are looked up.
      if (error instanceof FormatError && error.code === 'BAD_INDEX') return undefined;
      throw error;
    }
  }

  /** The leaves, one after the other, that can hold keys from `key` up to the last one with `prefix`. */
  *#leavesFrom(prefix: Uint8Array, key: Uint8Array): Generator<{ block: Block; left: number }> {
    const first = this.#placeOfLeaf(key);
    const last = this.#placeOfLeaf(behindPrefix(prefix));
    if (first !== undefined) this.#expect(first);
    this.#prove();
    if (first === undefined || last === undefined) return;
    const end = Math.min(last.unit + last.units, this.footer.leafUnits);
    let left = end - first.unit;
    if (left <= 0) throw new FormatError('BAD_INDEX', 'separators are not in ascending order');
    while (left > 0) {
      const block = this.#readLeaves(end - left, Math.min(left, MAX_READ_UNITS));
      yield { block, left };
      left -= block.bytes.length / PATH_INDEX_UNIT;
    }
  }

  /** Compares the checksums, once. @throws FormatError BAD_INDEX */
  #prove(): void {
    if (this.#unproven === undefined) return;
    checkChecksums(this.#unproven, this.footer);
    this.#unproven = undefined;
  }

  /** Begins to read a block while something else is waited for. */
  #expect({ unit, units }: BlockPlace): void {
    if (this.#unproven === undefined || this.#blocks.has(unit)) return;
    this.#section.expect?.(unit * PATH_INDEX_UNIT, units * PATH_INDEX_UNIT);
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

  #readBlock({ unit, units }: BlockPlace, level: number): Block {
    const block = this.#blocks.find(unit) ?? this.#fetchBlock(unit, units);
    if (block.header.level !== level) {
      throw new FormatError('BAD_INDEX', 'a block is on the wrong level');
    }
    return block;
  }

  #fetchBlock(unit: number, units: number): Block {
    const block = new Block(copyRange(this.#peek(unit, units), 0, units * PATH_INDEX_UNIT), unit);
    this.#blocks.add(block);
    return block;
  }

  /** The leaf that begins at `unit`; those after it are read along, up to `count` units in all. */
  #readLeaves(unit: number, count: number): Block {
    if (this.#blocks.has(unit)) return this.#readBlock({ unit, units: 0 }, 0);
    let bytes = this.#peek(unit, count);
    const units = bytes[UNITS_AT] as number;
    if (units > MAX_BLOCK_UNITS) throw new FormatError('BAD_INDEX', `a block of ${units} units`);
    if (units > count) bytes = this.#peek(unit, units);
    for (let at = 0; at < bytes.length; ) {
      const end = at + (bytes[at + UNITS_AT] as number) * PATH_INDEX_UNIT;
      if (end === at || end > bytes.length) break;
      const each = unit + at / PATH_INDEX_UNIT;
      this.#blocks.add(new Block(copyRange(bytes, at, end), each));
      at = end;
    }
    return this.#readBlock({ unit, units }, 0);
  }

  /** A borrowed view of units. */
  #peek(unit: number, units: number): Uint8Array {
    const length = units * PATH_INDEX_UNIT;
    const start = unit * PATH_INDEX_UNIT;
    if (length === 0 || length > this.#section.size - start) {
      throw new FormatError('BAD_INDEX', 'a block lies outside the path index');
    }
    return peekBytes(this.#section, start, length).subarray(0, length);
  }
}

/**
 * Finds the path index of an image: in its last bytes, one read away. Undefined if there is none.
 * @throws FormatError BAD_INDEX if it is damaged, or plainly of another image; whether it is of another
 * packing of the same commit is found with the first look-up, unless `proves` is false and only hints are
 * asked for
 */
export function openPathIndex(image: Image, options?: PathIndexOptions): PathIndex | undefined {
  const { source, idxOffset } = image;
  const at = source.size - PATH_INDEX_UNIT;
  if (at < idxOffset) return undefined;
  const root = readExact(source, at, PATH_INDEX_UNIT);
  return hasPathIndexMagic(root) ? new PathIndex(image, root, options) : undefined;
}

/** A key after all those that begin with `prefix`, which ends in a NUL, and before all others. */
function behindPrefix(prefix: Uint8Array): Uint8Array {
  const key = copyRange(prefix, 0, prefix.length);
  key[key.length - 1] = 1;
  return key;
}

/** About as much as the keys of some units take, without their prefix, but with what they share. */
function expectedBytes(units: number): number {
  return Math.min(units, MAX_READ_UNITS) * PATH_INDEX_UNIT;
}

/** What can be told without reading: whether the footer is of another image. */
function checkBelongs(image: Image, footer: PathIndexFooter): void {
  if (
    !equalBytes(footer.commit, image.commit) ||
    footer.idxOffset !== image.idxOffset ||
    footer.objectCount !== image.objectCount ||
    footer.idxSize < idxSize(image.objectCount, 0) ||
    footer.idxSize > image.idxSource.size
  ) {
    throw foreign();
  }
}

/** The checksums cover PACK and IDX, and so all that the index speaks of. */
function checkChecksums({ idxSource }: Image, footer: PathIndexFooter): void {
  const trailer = readExact(idxSource, footer.idxSize - IDX_TRAILER_SIZE, IDX_TRAILER_SIZE);
  const packChecksum = trailer.subarray(0, OID_LENGTH);
  const idxChecksum = trailer.subarray(OID_LENGTH);
  if (
    !equalBytes(footer.packChecksum, packChecksum) ||
    !equalBytes(footer.idxChecksum, idxChecksum)
  ) {
    throw foreign();
  }
}

function foreign(): FormatError {
  return new FormatError('BAD_INDEX', 'the path index belongs to another image');
}
