import { NodeStore } from './node-store.ts';

/** A word that refers to a key and not to an inner node. */
const LEAF = 0x8000_0000;
const NUL = 0;

/**
 * Adaptive radix trees (Leis, Kemper, Neumann 2013: nodes that fit the number of their children,
 * path compression) over keys that stand in one buffer, each ended by a NUL; a key is known by where
 * it stands. The trees share flat memory: no object per node or key, and no copy of a key.
 *
 * A tree is built at once from keys in order. That takes a fraction of inserting them one by one:
 * no node grows, none is left half empty, and no search comes before.
 */
export class RadixForest {
  readonly #nodes = new NodeStore();

  /** Where keys may stand: a word has a bit less for it than 32. One more is no place of a key. */
  static readonly MAX_BYTES = LEAF - 1;

  /** Memory held, in bytes; the keys are the caller's. */
  get byteLength(): number {
    return this.#nodes.byteLength;
  }

  /**
   * Plants a tree of the keys that stand at the places `keys` of `bytes`, which rise in the order of
   * their bytes, without two that are equal; at most 65,535 bytes each. Returns its root, 0 without keys.
   */
  plant(bytes: Uint8Array, keys: ArrayLike<number>): number {
    if (keys.length === 0) return 0;
    if (keys.length === 1) return LEAF + (keys[0] as number);
    const nodes = this.#nodes;
    let root = 0;
    /** What is still to be built, four numbers each: keys `low`..`high`, a depth, and a child's word. */
    const pending = [0, keys.length, 0, 0];
    while (pending.length > 0) {
      const slot = pending.pop() as number;
      const depth = pending.pop() as number;
      const high = pending.pop() as number;
      const low = pending.pop() as number;
      // The keys are sorted: what the first and the last share, all do.
      let at = depth;
      const first = keys[low] as number;
      const last = keys[high - 1] as number;
      while (bytes[first + at] === bytes[last + at]) at += 1;
      let count = 1;
      let before = bytes[first + at];
      for (let i = low + 1; i < high; i++) {
        const byte = bytes[(keys[i] as number) + at];
        if (byte !== before) count += 1;
        before = byte;
      }
      const node = nodes.create(at - depth, count);
      if (slot === 0) root = node;
      else nodes.setWord(slot, node);
      for (let position = 0, start = low; start < high; position++) {
        const byte = bytes[(keys[start] as number) + at] as number;
        let end = start + 1;
        while (end < high && bytes[(keys[end] as number) + at] === byte) end += 1;
        const child = nodes.place(node, position, byte);
        if (end - start === 1) nodes.setWord(child, LEAF + (keys[start] as number));
        else pending.push(start, end, at + 1, child);
        start = end;
      }
    }
    return root;
  }

  /** Where the key of a tree stands that equals bytes `from`..`to` of `source`; -1 if it has none. */
  find(root: number, bytes: Uint8Array, source: Uint8Array, from: number, to: number): number {
    const nodes = this.#nodes;
    let ref = root;
    for (let at = from; ref < LEAF; at++) {
      if (ref === 0) return -1;
      at += nodes.skip(ref);
      if (at > to) return -1;
      ref = nodes.child(ref, at < to ? (source[at] as number) : 0);
    }
    const key = ref - LEAF;
    for (let at = from, i = key; at < to; at++, i++) {
      // A NUL is in no key, so the search does not leave the one that it came to.
      if (bytes[i] !== source[at] || source[at] === 0) return -1;
    }
    return bytes[key + to - from] === 0 ? key : -1;
  }

  /** Where a tree's keys stand, in the order of their bytes. */
  keys(root: number): Generator<number, void, void> {
    return this.#walk([root]);
  }

  /** The same of the keys above `after`, which need not be one of them. */
  keysAbove(root: number, bytes: Uint8Array, after: Uint8Array): Generator<number, void, void> {
    return this.#walk(this.#above(root, bytes, after));
  }

  /** The keys of some subtrees, the first of which is the last in the list. */
  *#walk(pending: number[]): Generator<number, void, void> {
    const nodes = this.#nodes;
    for (let ref = pending.pop(); ref !== undefined; ref = pending.pop()) {
      if (ref >= LEAF) yield ref - LEAF;
      else if (ref !== 0) {
        const start = nodes.childrenStart(ref);
        for (let at = nodes.childrenEnd(ref) - 1; at >= start; at--) pending.push(nodes.word(at));
      }
    }
  }

  /** The subtrees that hold the keys above `after`, the first one last. */
  #above(root: number, bytes: Uint8Array, after: Uint8Array): number[] {
    const nodes = this.#nodes;
    const above: number[] = [];
    let depth = 0;
    for (let ref = root; ref !== 0; ) {
      const key = this.#firstKey(ref);
      const end = ref >= LEAF ? Number.POSITIVE_INFINITY : depth + nodes.skip(ref);
      // What all keys of a subtree share decides for all of them.
      let at = depth;
      while (at < end && bytes[key + at] === (after[at] ?? NUL) && bytes[key + at] !== NUL) at += 1;
      if (at < end) {
        if ((bytes[key + at] as number) > (after[at] ?? NUL)) above.push(ref);
        return above;
      }
      const wanted = after[at] ?? NUL;
      let next = 0;
      for (let word = nodes.childrenEnd(ref) - 1; word >= nodes.childrenStart(ref); word--) {
        const child = nodes.word(word);
        if (child === 0) continue;
        const byte = bytes[this.#firstKey(child) + at] as number;
        if (byte > wanted) above.push(child);
        else if (byte === wanted) next = child;
      }
      // The key that ends here is `after` itself.
      if (wanted === NUL) return above;
      ref = next;
      depth = at + 1;
    }
    return above;
  }

  /** Where the first key of a subtree stands. */
  #firstKey(subtree: number): number {
    const nodes = this.#nodes;
    let ref = subtree;
    while (ref < LEAF) {
      let word = nodes.childrenStart(ref);
      while (nodes.word(word) === 0) word += 1;
      ref = nodes.word(word);
    }
    return ref - LEAF;
  }
}
