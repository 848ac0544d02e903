import { release } from '../base/columns.ts';
import type { ObjectList } from '../source/objects.ts';
import { DisjointSets } from './disjoint-sets.ts';
import { SKETCH_SIZE } from './kernel.ts';
import { Links } from './links.ts';
import { orderByName } from './name-order.ts';

/** What a sketch holds where it has no number. */
const EMPTY = 0xffffffff;
/** Shared numbers that make two sketches a sign of shared content rather than of chance. */
const MIN_SHARED = 2;
/**
 * Of contents this large, in bytes, one may be a sign already: it is the least of thousands. Their families are kept
 * close, so that they meet in a segment, and no more than that: chance joins some.
 */
const LARGE = 1 << 16;
/** Earlier objects looked at for each number of a sketch. */
const MAX_HOLDERS = 6;

/**
 * Remembers, for each number of a sketch, the ranks that hold it. A number is named by its entry, the
 * place where it stands in the sketches of all ranks; about 200 bytes a rank.
 */
class Holders {
  readonly #order: Uint32Array;
  readonly #sketches: Uint32Array;
  /** The last entry with each number, and for each entry the one before it. */
  readonly #table: Int32Array;
  readonly #previous: Int32Array;
  readonly #mask: number;

  constructor(order: Uint32Array, sketches: Uint32Array) {
    this.#order = order;
    this.#sketches = sketches;
    const entries = order.length * SKETCH_SIZE;
    let size = 64;
    while (size < entries * 1.5) size *= 2;
    this.#mask = size - 1;
    this.#table = new Int32Array(size).fill(-1);
    this.#previous = new Int32Array(entries);
  }

  numberOf(entry: number): number {
    const place = this.#order[Math.floor(entry / SKETCH_SIZE)] as number;
    return this.#sketches[place * SKETCH_SIZE + (entry % SKETCH_SIZE)] as number;
  }

  #slot(number: number): number {
    let slot = Math.imul(number, 0x9e3779b1) >>> 7;
    for (;;) {
      slot &= this.#mask;
      const entry = this.#table[slot] as number;
      if (entry === -1 || this.numberOf(entry) === number) return slot;
      slot += 1;
    }
  }

  add(entry: number): void {
    const slot = this.#slot(this.numberOf(entry));
    this.#previous[entry] = this.#table[slot] as number;
    this.#table[slot] = entry;
  }

  release(): void {
    release(this.#table);
    release(this.#previous);
  }

  /** Calls `visit` with the last ranks that hold `number`, latest first. */
  each(number: number, visit: (rank: number) => void): void {
    let entry = this.#table[this.#slot(number)] as number;
    for (let seen = 0; entry !== -1 && seen < MAX_HOLDERS; seen += 1) {
      visit(Math.floor(entry / SKETCH_SIZE));
      entry = this.#previous[entry] as number;
    }
  }
}

/** Told of two ranks, the earlier one last, and how many numbers their sketches share: a sign of shared content. */
type VisitLink = (rank: number, other: number, shared: number) => void;

/** For each rank the earlier rank whose sketch shares most with its own, or -1. */
function findParents(
  order: Uint32Array,
  sketches: Uint32Array,
  visitLink: VisitLink = () => undefined,
): Int32Array {
  const parents = new Int32Array(order.length).fill(-1);
  const votes = new Uint8Array(order.length);
  const holders = new Holders(order, sketches);
  const touched = new Uint32Array(SKETCH_SIZE * MAX_HOLDERS);
  let touches = 0;
  const visit = (rank: number): void => {
    if (votes[rank] === 0) touched[touches++] = rank;
    votes[rank] = (votes[rank] as number) + 1;
  };
  for (let rank = 0; rank < order.length; rank += 1) {
    const first = rank * SKETCH_SIZE;
    for (let entry = first; entry < first + SKETCH_SIZE; entry += 1) {
      const number = holders.numberOf(entry);
      if (number !== EMPTY) holders.each(number, visit);
    }
    let best = MIN_SHARED - 1;
    for (let i = 0; i < touches; i += 1) {
      const other = touched[i] as number;
      const got = votes[other] as number;
      if (got > best || (got === best && other > (parents[rank] as number) && best >= MIN_SHARED)) {
        best = got;
        parents[rank] = other;
      }
      votes[other] = 0;
      visitLink(rank, other, got);
    }
    touches = 0;
    for (let entry = first; entry < first + SKETCH_SIZE; entry += 1) {
      if (holders.numberOf(entry) !== EMPTY) holders.add(entry);
    }
  }
  holders.release();
  return parents;
}

/**
 * For each rank the one that it is found from, or -1: the trees that share most. A rank may be found from a later one,
 * that shares more with it and with another: of a file in versions of which each continues the one before, the longest
 * come first, and what lies between them joins them.
 */
function spanFamilies(
  order: Uint32Array,
  sketches: Uint32Array,
  families: Uint32Array,
): Int32Array {
  const links = new Links(order.length);
  findParents(order, sketches, (rank, other, shared) => {
    if (shared >= MIN_SHARED && families[rank] === families[other]) links.add(rank, other, shared);
  });
  return links.span();
}

/**
 * The ranks of `order` by family, the largest member first, and the family of each: of what was deleted or
 * added between two objects, a delta to the smaller one has less to say. Families of large members that may
 * share something are neighbours.
 */
function largestFirst(
  sizes: Float64Array,
  order: Uint32Array,
  sketches: Uint32Array,
): { readonly order: Uint32Array; readonly families: Uint32Array } {
  const count = order.length;
  const families = new DisjointSets(count);
  const neighbours = new DisjointSets(count);
  const parents = findParents(order, sketches, (rank, other) => {
    if (Math.min(sizes[rank] as number, sizes[other] as number) >= LARGE) {
      neighbours.unite(rank, other);
    }
  });
  for (let rank = 0; rank < count; rank += 1) {
    const parent = parents[rank] as number;
    if (parent === -1) continue;
    families.unite(rank, parent);
    neighbours.unite(rank, parent);
  }
  const familyOf = Uint32Array.from({ length: count }, (_, rank) => families.leastOf(rank));
  const placeOf = Uint32Array.from({ length: count }, (_, rank) => neighbours.leastOf(rank));
  const ranks = Uint32Array.from(order.keys());
  ranks.sort(
    (a, b) =>
      (placeOf[a] as number) - (placeOf[b] as number) ||
      (familyOf[a] as number) - (familyOf[b] as number) ||
      (sizes[b] as number) - (sizes[a] as number) ||
      a - b,
  );
  return {
    order: ranks.map((rank) => order[rank] as number),
    families: ranks.map((rank) => familyOf[rank] as number),
  };
}

/**
 * An order of `rows` in which similar objects are neighbours: families found by sketch, each from its
 * root down, families by name. `sketches` holds SKETCH_SIZE numbers for each of `rows`. `parents`
 * names for each place of the order an earlier one like it, or -1.
 */
export function orderObjects(
  objects: ObjectList,
  rows: Uint32Array,
  sketches: Uint32Array,
): { order: Uint32Array; parents: Int32Array } {
  const named = orderByName(objects, rows);
  const sizes = Float64Array.from(named, (place) => objects.sizeOf(rows[place] as number));
  const { order: byName, families } = largestFirst(sizes, named, sketches);
  const parents = spanFamilies(byName, sketches, families);
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
      order[filled] = rows[byName[rank] as number] as number;
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
