import { grown } from './grow.ts';

/**
 * The inner nodes of radix trees, laid out in one array of 32-bit words. A node is known by the
 * index of its first word, its header: kind (bits 0-7), number of children less one (8-15), and how
 * many bytes of the key to skip before the byte that it branches on (16-31). Behind the header:
 *
 * | kind    | words | content                                                        |
 * |---------|-------|----------------------------------------------------------------|
 * | NODE4   | 6     | 4 sorted bytes, then their children                            |
 * | NODE16  | 21    | 16 sorted bytes, then their children                           |
 * | NODE48  | 113   | for each of 256 bytes, 0 or the number of a child from 1; then 48 children |
 * | NODE256 | 257   | a child for each byte                                          |
 *
 * A child is any non-zero word; what it means is the caller's affair. The skipped bytes themselves
 * are not kept here: the key that a search ends at is compared whole (optimistic path compression).
 */
const NODE4 = 0;
const NODE16 = 1;
const NODE48 = 2;
const NODE256 = 3;

const CAPACITY = [4, 16, 48, 256] as const;
const WORDS = [6, 21, 113, 257] as const;
/** Words from a node to its first child. */
const CHILDREN = [2, 5, 65, 1] as const;

const KIND_MASK = 0xff;
const SKIP_SHIFT = 16;
export const MAX_SKIP = 0xffff;

type NodeKind = 0 | 1 | 2 | 3;

export class NodeStore {
  #words = new Uint32Array(64);
  #bytes = new Uint8Array(this.#words.buffer);
  /** First free word; word 0 is never a node, so that 0 can mean "none". */
  #end = 1;
  /** Nodes given up by growth, by kind, each holding the index of the next one in its header. */
  readonly #free = [0, 0, 0, 0];

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** A node that skips `skip` bytes of the key and then tells `a` from `b`, two different bytes. */
  createPair(skip: number, a: number, childA: number, b: number, childB: number): number {
    const node = this.#allocate(NODE4);
    const swap = b < a;
    this.#setHeader(node, NODE4, 2, skip);
    this.#bytes[node * 4 + 4] = swap ? b : a;
    this.#bytes[node * 4 + 5] = swap ? a : b;
    this.#words[node + 2] = swap ? childB : childA;
    this.#words[node + 3] = swap ? childA : childB;
    return node;
  }

  skip(node: number): number {
    return this.word(node) >>> SKIP_SHIFT;
  }

  setSkip(node: number, skip: number): void {
    this.#words[node] = (this.word(node) & 0xffff) | (skip << SKIP_SHIFT);
  }

  /** The word at an index: a child, if the index came from {@link slotOf} or {@link nextPosition}. */
  word(index: number): number {
    return this.#words[index] as number;
  }

  setWord(index: number, value: number): void {
    this.#words[index] = value;
  }

  /** Index of the word that holds the child for `byte`; 0 if there is none. */
  slotOf(node: number, byte: number): number {
    const kind = this.#kind(node);
    if (kind === NODE256) {
      const slot = node + 1 + byte;
      return this.#words[slot] === 0 ? 0 : slot;
    }
    if (kind === NODE48) {
      const child = this.#bytes[node * 4 + 4 + byte] as number;
      return child === 0 ? 0 : node + CHILDREN[NODE48] + child - 1;
    }
    const keys = node * 4 + 4;
    const count = this.#count(node);
    for (let i = 0; i < count; i++) {
      if (this.#bytes[keys + i] === byte) return node + CHILDREN[kind] + i;
    }
    return 0;
  }

  /**
   * Walks the children in the order of their bytes: the first position at or after `position` that
   * holds a child, or -1 past the last. Begin with 0, go on with the result plus one.
   */
  nextPosition(node: number, position: number): number {
    const kind = this.#kind(node);
    if (kind <= NODE16) return position < this.#count(node) ? position : -1;
    for (let byte = position; byte < 256; byte++) {
      if (this.slotOf(node, byte) !== 0) return byte;
    }
    return -1;
  }

  /** The child at a position that {@link nextPosition} gave. */
  childAt(node: number, position: number): number {
    const kind = this.#kind(node);
    const slot = kind <= NODE16 ? node + CHILDREN[kind] + position : this.slotOf(node, position);
    return this.word(slot);
  }

  /** Adds a child for a byte that has none; returns the node's new place if it had to grow. */
  addChild(node: number, byte: number, child: number): number {
    const kind = this.#kind(node);
    const count = this.#count(node);
    if (count < CAPACITY[kind]) {
      this.#place(node, kind, count, byte, child);
      return node;
    }
    const bigger = this.#copyInto((kind + 1) as NodeKind, node);
    this.#release(node, kind);
    this.#place(bigger, (kind + 1) as NodeKind, count, byte, child);
    return bigger;
  }

  /** Gives back the memory kept for growth. */
  compact(): void {
    this.#setWords(this.#words.slice(0, this.#end));
  }

  #kind(node: number): NodeKind {
    return (this.word(node) & KIND_MASK) as NodeKind;
  }

  #count(node: number): number {
    return ((this.word(node) >>> 8) & 0xff) + 1;
  }

  #setHeader(node: number, kind: NodeKind, count: number, skip: number): void {
    this.#words[node] = kind | ((count - 1) << 8) | (skip << SKIP_SHIFT);
  }

  #place(node: number, kind: NodeKind, count: number, byte: number, child: number): void {
    const keys = node * 4 + 4;
    const children = node + CHILDREN[kind];
    if (kind === NODE256) {
      this.#words[children + byte] = child;
    } else if (kind === NODE48) {
      this.#bytes[keys + byte] = count + 1;
      this.#words[children + count] = child;
    } else {
      let at = count;
      while (at > 0 && (this.#bytes[keys + at - 1] as number) > byte) at -= 1;
      this.#bytes.copyWithin(keys + at + 1, keys + at, keys + count);
      this.#words.copyWithin(children + at + 1, children + at, children + count);
      this.#bytes[keys + at] = byte;
      this.#words[children + at] = child;
    }
    this.#setHeader(node, kind, count + 1, this.skip(node));
  }

  #copyInto(kind: NodeKind, from: number): number {
    const node = this.#allocate(kind);
    this.#setHeader(node, kind, 1, this.skip(from));
    let count = 0;
    for (let byte = 0; byte < 256; byte++) {
      const slot = this.slotOf(from, byte);
      if (slot !== 0) this.#place(node, kind, count++, byte, this.word(slot));
    }
    return node;
  }

  #allocate(kind: NodeKind): number {
    const reused = this.#free[kind] as number;
    if (reused !== 0) {
      this.#free[kind] = this.word(reused);
      this.#words.fill(0, reused, reused + WORDS[kind]);
      return reused;
    }
    const node = this.#end;
    const end = node + WORDS[kind];
    if (end > 0x7fff_ffff) throw new RangeError('more than 8 GiB of radix tree nodes');
    if (end > this.#words.length) this.#setWords(grown(this.#words, end));
    this.#end = end;
    return node;
  }

  #release(node: number, kind: NodeKind): void {
    this.#words[node] = this.#free[kind] as number;
    this.#free[kind] = node;
  }

  #setWords(words: Uint32Array<ArrayBuffer>): void {
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }
}
