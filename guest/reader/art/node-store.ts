/**
 * The inner nodes of radix trees, laid out in one array of 32-bit words. A node is known by the
 * index of its first word, its header: kind (bits 0-7), number of children less one (8-15), and how
 * many bytes of the key to skip before the byte that it branches on (16-31). Nodes do not change, so
 * none has room to spare. Behind the header:
 *
 * | kind    | children | content                                                       |
 * |---------|----------|---------------------------------------------------------------|
 * | SPARSE  | 2-16     | their bytes, sorted, in whole words; then the children        |
 * | INDEXED | 17-192   | for each of 256 bytes, 0 or the number of a child from 1; then the children |
 * | FULL    | 193-256  | a child for each byte                                         |
 *
 * A child is any non-zero word; what it means is the caller's affair. The skipped bytes themselves
 * are not kept here: the key that a search ends at is compared whole (optimistic path compression).
 */
const SPARSE = 0;
const INDEXED = 1;
const FULL = 2;

const MAX_SPARSE = 16;
/** With more children, a word for each byte takes less than the index. */
const MAX_INDEXED = 192;
const INDEX_WORDS = 256 / 4;

const KIND_MASK = 0xff;
const COUNT_SHIFT = 8;
const SKIP_SHIFT = 16;

/** Gives out nodes, and finds the children in them. */
export class NodeStore {
  #words = new Uint32Array(256);
  #bytes = new Uint8Array(this.#words.buffer);
  /** First free word; word 0 is never a node, so that 0 can mean "none". */
  #end = 1;

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** A node that skips `skip` bytes of the key, at most 65,535, and will have `count` children. */
  create(skip: number, count: number): number {
    const kind = count <= MAX_SPARSE ? SPARSE : count <= MAX_INDEXED ? INDEXED : FULL;
    const node = this.#end;
    const children = node + childrenAt(kind, count);
    const end = children + (kind === FULL ? 256 : count);
    if (end > 0x7fff_ffff) throw new RangeError('more than 8 GiB of radix tree nodes');
    if (end > this.#words.length) this.#grow(end);
    this.#end = end;
    this.#words[node] = kind | ((count - 1) << COUNT_SHIFT) | (skip << SKIP_SHIFT);
    return node;
  }

  /**
   * Says for which byte the child number `position` of a new node stands: all of them are given, in
   * the order of their bytes. Returns the index of the child's word, which is to be set.
   */
  place(node: number, position: number, byte: number): number {
    const header = this.word(node);
    const kind = header & KIND_MASK;
    if (kind === FULL) return node + 1 + byte;
    const keys = (node + 1) * 4;
    if (kind === SPARSE) this.#bytes[keys + position] = byte;
    else this.#bytes[keys + byte] = position + 1;
    return node + childrenAt(kind, countOf(header)) + position;
  }

  skip(node: number): number {
    return this.word(node) >>> SKIP_SHIFT;
  }

  /** The word at an index: a child, if the index came from {@link place}. */
  word(index: number): number {
    return this.#words[index] as number;
  }

  setWord(index: number, value: number): void {
    this.#words[index] = value;
  }

  /** The child for `byte`; 0 if there is none. */
  child(node: number, byte: number): number {
    const header = this.word(node);
    const kind = header & KIND_MASK;
    if (kind === FULL) return this.word(node + 1 + byte);
    const count = countOf(header);
    const keys = (node + 1) * 4;
    if (kind === INDEXED) {
      const number = this.#bytes[keys + byte] as number;
      return number === 0 ? 0 : this.word(node + childrenAt(kind, count) + number - 1);
    }
    for (let i = 0; i < count; i++) {
      if (this.#bytes[keys + i] === byte) return this.word(node + childrenAt(kind, count) + i);
    }
    return 0;
  }

  /** The words of the children begin here and end before {@link childrenEnd}, in the order of their bytes. */
  childrenStart(node: number): number {
    const header = this.word(node);
    return node + childrenAt(header & KIND_MASK, countOf(header));
  }

  /** A word of 0 among a node's children is no child. */
  childrenEnd(node: number): number {
    const header = this.word(node);
    const kind = header & KIND_MASK;
    return node + childrenAt(kind, countOf(header)) + (kind === FULL ? 256 : countOf(header));
  }

  #grow(needed: number): void {
    const words = new Uint32Array(Math.max(needed, Math.ceil(this.#words.length * 1.5)));
    words.set(this.#words);
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }
}

function countOf(header: number): number {
  return ((header >>> COUNT_SHIFT) & 0xff) + 1;
}

/** Words from a node to its first child. */
function childrenAt(kind: number, count: number): number {
  if (kind === SPARSE) return 1 + ((count + 3) >> 2);
  return kind === INDEXED ? 1 + INDEX_WORDS : 1;
}
