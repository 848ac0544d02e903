import { DisjointSets } from './disjoint-sets.ts';

/** Links of a rank that are remembered, those that share most. */
const MAX_LINKS = 4;
/** Most numbers that two sketches share. */
const MOST_SHARED = 16;

/** What ranks share with earlier ones, and the trees that share most. */
export class Links {
  readonly #count: number;
  readonly #others: Int32Array;
  readonly #shared: Uint8Array;
  readonly #trees: DisjointSets;

  /** For ranks below `count`. */
  constructor(count: number) {
    this.#others = new Int32Array(count * MAX_LINKS).fill(-1);
    this.#shared = new Uint8Array(count * MAX_LINKS);
    this.#trees = new DisjointSets(count);
    this.#count = count;
  }

  /** A rank shares so many numbers with an earlier one; of those that share as many, the latest goes first. */
  add(rank: number, other: number, shared: number): void {
    const first = rank * MAX_LINKS;
    let at = first + MAX_LINKS;
    while (at > first && this.#isBelow(at - 1, other, shared)) at -= 1;
    if (at === first + MAX_LINKS) return;
    this.#others.copyWithin(at + 1, at, first + MAX_LINKS - 1);
    this.#shared.copyWithin(at + 1, at, first + MAX_LINKS - 1);
    this.#others[at] = other;
    this.#shared[at] = shared;
  }

  /** For each rank its parent in the trees that share most, or -1: the earliest rank of each is its root. */
  span(): Int32Array {
    const count = this.#count;
    // Each tree as lists of neighbours, all in typed arrays.
    const heads = new Int32Array(count).fill(-1);
    const ends: number[] = [];
    const nexts: number[] = [];
    const connect = (from: number, to: number): void => {
      nexts.push(heads[from] as number);
      heads[from] = ends.push(to) - 1;
    };
    for (let shared = MOST_SHARED; shared > 0; shared -= 1) {
      for (let link = 0; link < this.#others.length; link += 1) {
        if (this.#shared[link] !== shared) continue;
        const rank = Math.floor(link / MAX_LINKS);
        const other = this.#others[link] as number;
        if (!this.#trees.unite(rank, other)) continue;
        connect(rank, other);
        connect(other, rank);
      }
    }
    const parents = new Int32Array(count).fill(-1);
    const isPlaced = new Uint8Array(count);
    const pending: number[] = [];
    for (let root = 0; root < count; root += 1) {
      if (isPlaced[root] === 1) continue;
      isPlaced[root] = 1;
      pending.push(root);
      for (let rank = pending.pop(); rank !== undefined; rank = pending.pop()) {
        for (let i = heads[rank] as number; i !== -1; i = nexts[i] as number) {
          const child = ends[i] as number;
          if (isPlaced[child] === 1) continue;
          isPlaced[child] = 1;
          parents[child] = rank;
          pending.push(child);
        }
      }
    }
    return parents;
  }

  #isBelow(at: number, other: number, shared: number): boolean {
    const known = this.#shared[at] as number;
    return known < shared || (known === shared && (this.#others[at] as number) < other);
  }
}
