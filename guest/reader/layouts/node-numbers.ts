import { FormatError } from '#format';

/** A node by its directory, and by its place in that. */
export interface PlacedNode<Node> {
  readonly parent: Node | undefined;
  readonly place: number;
  /** Its row in {@link NodeNumbers}; 0 if it has none yet, or is the root. */
  row: number;
}

/** A few trees within each other make more paths than anybody can number. */
const MAX_ROWS = 2 ** 26;
const FIRST_ROWS = 256;

/**
 * Numbers for the nodes of layouts that have none of their own, given when they are first asked for. Flat:
 * 16 bytes a node.
 */
export class NodeNumbers<Node extends PlacedNode<Node>> {
  readonly #first: number;
  readonly #maxRows: number;
  /** By row: that of the directory, and the place in it. Row 0 is the root. */
  #parents = new Uint32Array(FIRST_ROWS);
  #places = new Uint32Array(FIRST_ROWS);
  #count = 1;
  /** Rows by the hash of what they hold; half are free, which is 0. */
  #table = new Uint32Array(2 * FIRST_ROWS);

  /** The root's number is 1, the others count from `first` on. */
  constructor(first = 2, maxRows = MAX_ROWS) {
    this.#first = first;
    this.#maxRows = maxRows;
  }

  /** @throws FormatError LIMIT */
  numberOf(node: Node): number {
    const unnumbered: Node[] = [];
    for (let at = node; at.row === 0 && at.parent !== undefined; at = at.parent) {
      unnumbered.push(at);
    }
    for (let at = unnumbered.pop(); at !== undefined; at = unnumbered.pop()) {
      at.row = this.#rowOf(at.parent?.row ?? 0, at.place);
    }
    return node.row === 0 ? 1 : this.#first + node.row - 1;
  }

  /**
   * The node of a number, found from `root` on by way of `at`, which gives the entry at a place of a
   * directory; undefined if no node was given it.
   */
  nodeOf(
    number: number,
    root: Node,
    at: (directory: Node, place: number) => Node,
  ): Node | undefined {
    if (number === 1) return root;
    const row = number - this.#first + 1;
    if (!Number.isSafeInteger(row) || row < 1 || row >= this.#count) return undefined;
    const rows: number[] = [];
    for (let above = row; above !== 0; above = this.#parents[above] as number) rows.push(above);
    let node = root;
    for (let next = rows.pop(); next !== undefined; next = rows.pop()) {
      node = at(node, this.#places[next] as number);
      node.row = next;
    }
    return node;
  }

  #rowOf(parent: number, place: number): number {
    const mask = this.#table.length - 1;
    let slot = hash(parent, place) & mask;
    for (let row = this.#table[slot] as number; row !== 0; row = this.#table[slot] as number) {
      if (this.#parents[row] === parent && this.#places[row] === place) return row;
      slot = (slot + 1) & mask;
    }
    const row = this.#count;
    if (row >= this.#maxRows) throw new FormatError('LIMIT', `more than ${row} nodes with numbers`);
    this.#count += 1;
    if (row === this.#parents.length) this.#grow();
    this.#parents[row] = parent;
    this.#places[row] = place;
    this.#insert(row);
    return row;
  }

  #insert(row: number): void {
    const mask = this.#table.length - 1;
    let slot = hash(this.#parents[row] as number, this.#places[row] as number) & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = row;
  }

  #grow(): void {
    const length = 2 * this.#parents.length;
    const grown = (array: Uint32Array) => {
      const other = new Uint32Array(length);
      other.set(array);
      return other;
    };
    this.#parents = grown(this.#parents);
    this.#places = grown(this.#places);
    this.#table = new Uint32Array(2 * length);
    for (let row = 1; row < this.#count - 1; row++) this.#insert(row);
  }
}

function hash(parent: number, place: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(place, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
}
