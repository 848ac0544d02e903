import { type BlockHeader, openBlock } from './block.ts';
import { type PathIndexBounds, PathIndexLeaf } from './leaf.ts';

/** A block of the path index that was read. */
export class Block {
  readonly bytes: Uint8Array;
  /** The first of its units. */
  readonly unit: number;
  /** It was asked for since it came to its place. */
  isUsed = false;
  #header: BlockHeader | undefined;
  #leaf: PathIndexLeaf | undefined;

  constructor(bytes: Uint8Array, unit: number) {
    this.bytes = bytes;
    this.unit = unit;
  }

  /** The block is checked when this is asked for first. @throws FormatError BAD_INDEX */
  get header(): BlockHeader {
    this.#header ??= openBlock(this.bytes);
    return this.#header;
  }

  /** The block as a leaf, which its header has to say that it is. @throws FormatError BAD_INDEX */
  leafIn(bounds: PathIndexBounds): PathIndexLeaf {
    this.#leaf ??= new PathIndexLeaf(this.bytes, this.header, this.unit, bounds);
    return this.#leaf;
  }
}

/** The blocks used last, by their first units. A block that is found is not moved: that took longer than a search. */
export class BlockCache {
  readonly #blocks = new Map<number, Block>();
  readonly #most: number;
  #bytes = 0;

  /** Keeps `most` bytes of blocks, and always the one added last. */
  constructor(most: number) {
    this.#most = most;
  }

  has(unit: number): boolean {
    return this.#blocks.has(unit);
  }

  find(unit: number): Block | undefined {
    const block = this.#blocks.get(unit);
    if (block !== undefined) block.isUsed = true;
    return block;
  }

  /** Adds a block, in the place of one at the same unit; the oldest go that were not used since they came. */
  add(block: Block): void {
    const { unit, bytes } = block;
    this.#remove(unit);
    for (const oldest of this.#blocks.values()) {
      if (this.#bytes + bytes.length <= this.#most) break;
      this.#remove(oldest.unit);
      if (oldest.isUsed) this.#append(oldest);
      oldest.isUsed = false;
    }
    this.#append(block);
  }

  #append(block: Block): void {
    this.#blocks.set(block.unit, block);
    this.#bytes += block.bytes.length;
  }

  #remove(unit: number): void {
    const block = this.#blocks.get(unit);
    if (block === undefined) return;
    this.#blocks.delete(unit);
    this.#bytes -= block.bytes.length;
  }
}
