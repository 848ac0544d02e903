import { OBJECT_BLOB, OBJECT_COMMIT, OBJECT_TAG, OBJECT_TREE, type ObjectType } from '#format';
import { SKETCH_SIZE } from './kernel.ts';

/** What ordering needs to know of an object. */
export interface Orderable {
  readonly type: ObjectType;
  /** Size of the content, in bytes. */
  readonly size: number;
  /** Where the object was first met, in bytes of Latin-1; empty for commits and the root. */
  readonly path: string;
}

const EMPTY = 0xffffffff;
/** Shared numbers that make two sketches a sign of shared content rather than of chance. */
const MIN_SHARED = 2;
/** Earlier objects looked at for each number of a sketch. */
const MAX_HOLDERS = 6;
/** What a reader needs first comes first. */
const TYPE_ORDER: readonly ObjectType[] = [OBJECT_COMMIT, OBJECT_TAG, OBJECT_TREE, OBJECT_BLOB];

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By type, extension, name, folder, size, so that versions of one file meet; largest first. */
function orderByName(objects: readonly Orderable[]): Uint32Array {
  const keys = objects.map(({ path, type }) => {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const dot = name.lastIndexOf('.');
    return {
      type: TYPE_ORDER.indexOf(type),
      extension: dot > 0 ? name.slice(dot + 1) : '',
      name,
      folder: path.slice(0, Math.max(slash, 0)),
    };
  });
  return Uint32Array.from(objects.keys()).sort((a, b) => {
    const left = keys[a] as (typeof keys)[number];
    const right = keys[b] as (typeof keys)[number];
    return (
      left.type - right.type ||
      compare(left.extension, right.extension) ||
      compare(left.name, right.name) ||
      (objects[b] as Orderable).size - (objects[a] as Orderable).size ||
      compare(right.folder, left.folder) ||
      a - b
    );
  });
}

/** Remembers, for each number of a sketch, the ranks that hold it; in typed arrays, 256 bytes a rank. */
class Holders {
  readonly #table: Int32Array;
  readonly #keys: Uint32Array;
  readonly #previous: Int32Array;
  readonly #mask: number;

  constructor(ranks: number) {
    let size = 64;
    while (size < ranks * SKETCH_SIZE * 2) size *= 2;
    this.#mask = size - 1;
    this.#table = new Int32Array(size).fill(-1);
    this.#keys = new Uint32Array(ranks * SKETCH_SIZE);
    this.#previous = new Int32Array(ranks * SKETCH_SIZE);
  }

  #slot(key: number): number {
    let slot = Math.imul(key, 0x9e3779b1) >>> 7;
    for (;;) {
      slot &= this.#mask;
      const entry = this.#table[slot] as number;
      if (entry === -1 || this.#keys[entry] === key) return slot;
      slot += 1;
    }
  }

  add(rank: number, place: number, key: number): void {
    const slot = this.#slot(key);
    const entry = rank * SKETCH_SIZE + place;
    this.#keys[entry] = key;
    this.#previous[entry] = this.#table[slot] as number;
    this.#table[slot] = entry;
  }

  /** Calls `visit` with the last ranks that hold `key`, latest first. */
  each(key: number, visit: (rank: number) => void): void {
    let entry = this.#table[this.#slot(key)] as number;
    for (let seen = 0; entry !== -1 && seen < MAX_HOLDERS; seen += 1) {
      visit(Math.floor(entry / SKETCH_SIZE));
      entry = this.#previous[entry] as number;
    }
  }
}

/** For each rank the earlier rank whose sketch shares most with its own, or -1. */
function findParents(order: Uint32Array, sketches: Uint32Array): Int32Array {
  const parents = new Int32Array(order.length).fill(-1);
  const votes = new Uint8Array(order.length);
  const holders = new Holders(order.length);
  let touched: number[] = [];
  const visit = (rank: number): void => {
    if (votes[rank] === 0) touched.push(rank);
    votes[rank] = (votes[rank] as number) + 1;
  };
  for (let rank = 0; rank < order.length; rank += 1) {
    const at = (order[rank] as number) * SKETCH_SIZE;
    for (let place = 0; place < SKETCH_SIZE; place += 1) {
      const key = sketches[at + place] as number;
      if (key !== EMPTY) holders.each(key, visit);
    }
    let best = MIN_SHARED - 1;
    for (const other of touched) {
      const got = votes[other] as number;
      if (got > best || (got === best && other > (parents[rank] as number) && best >= MIN_SHARED)) {
        best = got;
        parents[rank] = other;
      }
      votes[other] = 0;
    }
    touched = [];
    for (let place = 0; place < SKETCH_SIZE; place += 1) {
      const key = sketches[at + place] as number;
      if (key !== EMPTY) holders.add(rank, place, key);
    }
  }
  return parents;
}

/**
 * An order in which similar objects are neighbours: families found by sketch, each from its root
 * down, families by name. Gives indices into `objects`. `sketches` holds SKETCH_SIZE numbers for each.
 */
export function orderObjects(
  objects: readonly Orderable[],
  sketches: Uint32Array,
): { order: Uint32Array; parents: Int32Array } {
  const byName = orderByName(objects);
  const parents = findParents(byName, sketches);
  const count = byName.length;
  // Children as linked lists, in rank order, so that the walk needs no array for each object.
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  for (let rank = count - 1; rank >= 0; rank -= 1) {
    const parent = parents[rank] as number;
    if (parent === -1) continue;
    nextSibling[rank] = firstChild[parent] as number;
    firstChild[parent] = rank;
  }
  const order = new Uint32Array(count);
  const placed = new Int32Array(count);
  const newParents = new Int32Array(count).fill(-1);
  let filled = 0;
  for (let root = 0; root < count; root += 1) {
    if (parents[root] !== -1) continue;
    for (let rank = root; ; ) {
      placed[rank] = filled;
      const parent = parents[rank] as number;
      if (parent !== -1) newParents[filled] = placed[parent] as number;
      order[filled] = byName[rank] as number;
      filled += 1;
      let next = firstChild[rank] as number;
      while (next === -1 && rank !== root) {
        next = nextSibling[rank] as number;
        if (next === -1) rank = parents[rank] as number;
      }
      if (next === -1) break;
      rank = next;
    }
  }
  return { order, parents: newParents };
}
