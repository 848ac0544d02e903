import { grown } from './grow.ts';
import { KeyStore } from './key-store.ts';
import { MAX_SKIP, NodeStore } from './node-store.ts';

/** A word that refers to a key and not to an inner node. */
const LEAF = 0x8000_0000;
const MAX_KEYS = 0x7fff_ffff;

/**
 * Adaptive radix trees (Leis, Kemper, Neumann 2013: nodes of 4, 16, 48 and 256 children, path
 * compression) that share flat memory: no object per node or key. Keys are byte strings without
 * NUL, which ends a key where another goes on; each is known by its number, counted from 0 over all
 * trees in the order of insertion, so that callers keep what belongs to a key in arrays of their own.
 */
export class RadixForest {
  readonly #keys = new KeyStore();
  readonly #nodes = new NodeStore();
  /** For each tree its root: 0 (empty), a leaf or a node. */
  #roots = new Uint32Array(16);
  #trees = 0;
  /** The greatest key of the tree that was begun last, and that tree. */
  #greatest = 0;
  #greatestOf = -1;

  /** Longest key, in bytes: as long as names in trees may be. */
  static readonly MAX_KEY_LENGTH = MAX_SKIP;

  get keyCount(): number {
    return this.#keys.count;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#keys.byteLength + this.#nodes.byteLength + this.#roots.byteLength;
  }

  /** Plants an empty tree; returns its number. */
  addTree(): number {
    if (this.#trees === this.#roots.length) this.#roots = grown(this.#roots, this.#trees + 1);
    return this.#trees++;
  }

  /** The number of the key that equals bytes `from`..`to` of `source`; -1 if `tree` has none. */
  find(tree: number, source: Uint8Array, from = 0, to = source.length): number {
    let ref = this.#roots[tree] as number;
    let at = from;
    while (ref < LEAF) {
      if (ref === 0) return -1;
      at += this.#nodes.skip(ref);
      if (at > to) return -1;
      const slot = this.#nodes.slotOf(ref, at < to ? (source[at] as number) : 0);
      if (slot === 0) return -1;
      ref = this.#nodes.word(slot);
      at += 1;
    }
    const key = ref - LEAF;
    return this.#keys.equals(key, source, from, to) ? key : -1;
  }

  /**
   * Inserts bytes `from`..`to` of `source` (copied; none of them NUL, at most MAX_KEY_LENGTH) and
   * returns the new key's number; -1 if `tree` has that key.
   */
  insert(tree: number, source: Uint8Array, from = 0, to = source.length): number {
    const root = this.#roots[tree] as number;
    let differs = 0;
    if (root !== 0) {
      differs = this.#differenceToNearest(tree, root, source, from, to);
      if (differs === -1) return -1;
    }
    if (this.#keys.count >= MAX_KEYS) throw new RangeError('too many keys');
    const key = this.#keys.append(source, from, to);
    if (root === 0) {
      this.#roots[tree] = LEAF + key;
      this.#greatest = key;
      this.#greatestOf = tree;
    } else {
      this.#link(tree, key, differs);
    }
    return key;
  }

  /** The numbers of a tree's keys, in the order of their bytes. */
  *keys(tree: number): Generator<number, void, void> {
    const root = this.#roots[tree] as number;
    if (root === 0) return;
    const nodes: number[] = [];
    const positions: number[] = [];
    let ref = root;
    for (;;) {
      if (ref >= LEAF) yield ref - LEAF;
      else {
        nodes.push(ref);
        positions.push(0);
      }
      let position = -1;
      while (position === -1) {
        const node = nodes.at(-1);
        if (node === undefined) return;
        position = this.#nodes.nextPosition(node, positions.at(-1) as number);
        if (position === -1) {
          nodes.pop();
          positions.pop();
        } else {
          positions[positions.length - 1] = position + 1;
          ref = this.#nodes.childAt(node, position);
        }
      }
    }
  }

  /** A view of a key's bytes; valid until the next `insert` or `compact`. */
  key(key: number): Uint8Array {
    return this.#keys.view(key);
  }

  /** Gives back the memory kept for growth. */
  compact(): void {
    this.#keys.compact();
    this.#nodes.compact();
    this.#roots = this.#roots.slice(0, this.#trees);
  }

  /**
   * Where the sought key parts from the key of `tree` that it shares most with; -1 if it is there.
   * Keys mostly come in order: the nearest is then the greatest so far, and nothing is searched.
   */
  #differenceToNearest(
    tree: number,
    root: number,
    source: Uint8Array,
    from: number,
    to: number,
  ): number {
    if (this.#greatestOf === tree) {
      const differs = this.#keys.difference(this.#greatest, source, from, to);
      const at = from + differs;
      const byte = at < to ? (source[at] as number) : 0;
      if (differs === -1) return -1;
      if (byte > this.#keys.byteAt(this.#greatest, differs)) {
        this.#greatest = this.#keys.count;
        return differs;
      }
    }
    return this.#keys.difference(this.#nearestKey(root, source, from, to), source, from, to);
  }

  /** A key that agrees with the sought one in every byte that the nodes on the way skip or test. */
  #nearestKey(root: number, source: Uint8Array, from: number, to: number): number {
    let ref = root;
    let at = from;
    while (ref < LEAF) {
      at += this.#nodes.skip(ref);
      const slot = this.#nodes.slotOf(ref, at < to ? (source[at] as number) : 0);
      ref =
        slot === 0
          ? this.#nodes.childAt(ref, this.#nodes.nextPosition(ref, 0))
          : this.#nodes.word(slot);
      at += 1;
    }
    return ref - LEAF;
  }

  /** Hangs a new key into its tree: `differs` is where it parts from its nearest key. */
  #link(tree: number, key: number, differs: number): void {
    const byte = this.#keys.byteAt(key, differs);
    let slot = 0; // 0: the root's
    let ref = this.#roots[tree] as number;
    let depth = 0;
    for (;;) {
      const skip = ref < LEAF ? this.#nodes.skip(ref) : Number.POSITIVE_INFINITY;
      if (differs < depth + skip) break;
      if (differs === depth + skip) {
        this.#setSlot(tree, slot, this.#nodes.addChild(ref, byte, LEAF + key));
        return;
      }
      depth += skip;
      slot = this.#nodes.slotOf(ref, this.#keys.byteAt(key, depth));
      ref = this.#nodes.word(slot);
      depth += 1;
    }
    const other = this.#keys.byteAt(this.#anyKey(ref), differs);
    const skip = differs - depth;
    if (ref < LEAF) this.#nodes.setSkip(ref, this.#nodes.skip(ref) - skip - 1);
    this.#setSlot(tree, slot, this.#nodes.createPair(skip, byte, LEAF + key, other, ref));
  }

  #anyKey(from: number): number {
    let ref = from;
    while (ref < LEAF) ref = this.#nodes.childAt(ref, this.#nodes.nextPosition(ref, 0));
    return ref - LEAF;
  }

  #setSlot(tree: number, slot: number, ref: number): void {
    if (slot === 0) this.#roots[tree] = ref;
    else this.#nodes.setWord(slot, ref);
  }
}
