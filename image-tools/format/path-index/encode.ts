import { FormatError } from '../base/errors.ts';
import { copyRange } from '../bytes/bytes.ts';
import { type Child, countFitting, encodeInner } from './inner.ts';
import {
  encodePathIndexFooter,
  FOOTER_AT,
  MAX_PATH_KEY,
  PATH_INDEX_UNIT,
  type PathIndexFooter,
} from './layout.ts';
import type { PathEntry } from './leaf.ts';
import { PathIndexLeafWriter } from './leaf-writer.ts';
import { encodeRestarts } from './restarts.ts';

/** What a section belongs to; the rest of its footer follows from its entries. */
export type PathIndexTarget = Omit<
  PathIndexFooter,
  'sectionSize' | 'pathCount' | 'leafUnits' | 'restartUnits'
>;

/** Where the blocks of a section go, in order; each belongs to the callee. */
export type BlockSink = (block: Uint8Array) => void;

/**
 * Encodes a path index block by block. The same entries give the same bytes. It holds one leaf, and
 * of each other block the key that parts it from the one before.
 */
export class PathIndexEncoder {
  readonly #write: BlockSink;
  readonly #leaf = new PathIndexLeafWriter();
  #level: Child[] = [];
  #units = 0;
  #pathCount = 0;
  #last: Uint8Array = new Uint8Array(0);
  #separator: Uint8Array = new Uint8Array(0);

  constructor(write: BlockSink) {
    this.#write = write;
  }

  get pathCount(): number {
    return this.#pathCount;
  }

  /**
   * Adds an entry. Its key is above that of the one before, and must not change before the next call.
   * @throws FormatError LIMIT for a key that no path index can hold
   */
  add(key: Uint8Array, entry: PathEntry): void {
    if (key.length > MAX_PATH_KEY) throw new FormatError('LIMIT', `a path of ${key.length} bytes`);
    if (!this.#leaf.add(key, entry)) {
      this.#finishLeaf();
      this.#separator = shortestAbove(this.#last, key);
      this.#leaf.add(key, entry);
    }
    this.#last = key;
    this.#pathCount += 1;
  }

  /**
   * Ends the section so that its size is a multiple of `blockSize` (a power of two), and gives that.
   * `restarts` are the places of the PACK, rising, where parts of large files begin afresh.
   */
  finish(
    target: PathIndexTarget,
    blockSize: number,
    restarts: Float64Array = new Float64Array(0),
  ): number {
    if (this.#leaf.count > 0) this.#finishLeaf();
    const leafUnits = this.#units;
    for (const block of encodeRestarts(restarts)) {
      this.#units += 1;
      this.#write(block);
    }
    const restartUnits = this.#units - leafUnits;
    let level = 1;
    while (countFitting(this.#level, 0, FOOTER_AT) < this.#level.length) {
      this.#finishLevel(level);
      level += 1;
    }
    const children = this.#level;
    const unitsAfter = this.#units + 1;
    const unitsPerBlock = Math.max(1, blockSize / PATH_INDEX_UNIT);
    const padding = Math.ceil(unitsAfter / unitsPerBlock) * unitsPerBlock - unitsAfter;
    for (let i = 0; i < padding; i++) this.#write(new Uint8Array(PATH_INDEX_UNIT));
    const root = new Uint8Array(PATH_INDEX_UNIT);
    const sectionSize = (unitsAfter + padding) * PATH_INDEX_UNIT;
    const pathCount = this.#pathCount;
    encodePathIndexFooter(root, { ...target, sectionSize, pathCount, leafUnits, restartUnits });
    encodeInner(root, level, children);
    this.#write(root);
    return sectionSize;
  }

  #finishLeaf(): void {
    this.#emit(this.#leaf.finish(), this.#separator);
  }

  #emit(block: Uint8Array, separator: Uint8Array): void {
    const units = block.length / PATH_INDEX_UNIT;
    this.#level.push({ unit: this.#units, units, separator });
    this.#units += units;
    this.#write(block);
  }

  #finishLevel(level: number): void {
    const children = this.#level;
    this.#level = [];
    for (let at = 0; at < children.length; ) {
      let room = PATH_INDEX_UNIT;
      let count = countFitting(children, at, room);
      // Two at least, or the levels would never end.
      while (count < 2 && at + count < children.length) {
        room += PATH_INDEX_UNIT;
        count = countFitting(children, at, room);
      }
      const block = new Uint8Array(room);
      encodeInner(block, level, children.slice(at, at + count));
      this.#emit(block, (children[at] as Child).separator);
      at += count;
    }
  }
}

/** The shortest key that is above `before` and not above `key`; a copy. */
function shortestAbove(before: Uint8Array, key: Uint8Array): Uint8Array {
  let common = 0;
  while (common < before.length && before[common] === key[common]) common += 1;
  return copyRange(key, 0, common + 1);
}
