import {
  FormatError,
  type Idx,
  OBJECT_BLOB,
  OBJECT_TREE,
  type ObjectType,
  type Oid,
  oidToHex,
  TYPE_NAMES,
} from '#format';
import { grown } from '../base/columns.ts';

/** A target that is not in the PACK. */
const ABSENT = 0x7fffffff;
const IS_TREE = 0x80000000;

/** {@link TreeEdges} as they travel between threads. */
export interface EdgeColumns {
  readonly pairs: Uint32Array;
  readonly absent: ReadonlyMap<number, string>;
}

/** Which objects the trees of a PACK name, as rows in one flat array: 8 bytes an entry. */
export class TreeEdges {
  /** Pairs: the row of the tree; the row of what it names, with a bit for "as a tree". */
  #pairs: Uint32Array = new Uint32Array(1024);
  #used = 0;
  /** For the message: the first absent object that each tree names. */
  readonly #absent = new Map<number, string>();

  /** Notes that the tree `row` names `target`: the row of `oid`, undefined if it is absent. */
  add(row: number, target: number | undefined, asTree: boolean, oid: Oid): void {
    if (target === undefined && !this.#absent.has(row)) this.#absent.set(row, oidToHex(oid));
    if (this.#used === this.#pairs.length) {
      this.#pairs = grown(this.#pairs, this.#pairs.length * 2);
    }
    this.#pairs[this.#used] = row;
    this.#pairs[this.#used + 1] = ((target ?? ABSENT) | (asTree ? IS_TREE : 0)) >>> 0;
    this.#used += 2;
  }

  /** What was noted so far. */
  get columns(): EdgeColumns {
    return { pairs: this.#pairs.slice(0, this.#used), absent: this.#absent };
  }

  /** Adds what another one noted, of other trees. */
  addAll({ pairs, absent }: EdgeColumns): void {
    const used = this.#used + pairs.length;
    const joined = new Uint32Array(Math.max(this.#pairs.length, used));
    joined.set(this.#pairs.subarray(0, this.#used));
    joined.set(pairs, this.#used);
    this.#pairs = joined;
    this.#used = used;
    for (const [row, oid] of absent) this.#absent.set(row, oid);
  }

  /**
   * Checks that all that the tree `root` leads to is there, and of the type that its mode says.
   * @throws FormatError MISSING_OBJECT, WRONG_TYPE, LIMIT (depth)
   */
  verifyFrom(root: number, objectTypes: Uint8Array, idx: Idx, maxTreeDepth: number): void {
    const { starts, targets } = this.#byTree(objectTypes.length);
    const seen = new Uint8Array(objectTypes.length);
    let level = [root];
    seen[root] = 1;
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > maxTreeDepth) {
        throw new FormatError('LIMIT', `folders deeper than ${maxTreeDepth}`);
      }
      const below: number[] = [];
      for (const tree of level) {
        const end = starts[tree + 1] as number;
        for (let at = starts[tree] as number; at < end; at++) {
          const word = targets[at] as number;
          const target = word & ABSENT;
          if (target === ABSENT) {
            throw new FormatError('MISSING_OBJECT', 'a tree names an object that is missing', {
              oid: this.#absent.get(tree),
            });
          }
          const wanted = word >= IS_TREE ? OBJECT_TREE : OBJECT_BLOB;
          if (objectTypes[target] !== wanted) throw wrongType(idx, target, objectTypes, wanted);
          if (wanted === OBJECT_TREE && seen[target] === 0) {
            seen[target] = 1;
            below.push(target);
          }
        }
      }
      level = below;
    }
  }

  #byTree(rows: number): { starts: Uint32Array; targets: Uint32Array } {
    const starts = new Uint32Array(rows + 1);
    for (let at = 0; at < this.#used; at += 2) {
      const next = (this.#pairs[at] as number) + 1;
      starts[next] = (starts[next] as number) + 1;
    }
    for (let row = 1; row <= rows; row++) {
      starts[row] = (starts[row] as number) + (starts[row - 1] as number);
    }
    const fill = starts.slice();
    const targets = new Uint32Array(this.#used / 2);
    for (let at = 0; at < this.#used; at += 2) {
      const row = this.#pairs[at] as number;
      const slot = fill[row] as number;
      fill[row] = slot + 1;
      targets[slot] = this.#pairs[at + 1] as number;
    }
    return { starts, targets };
  }
}

function wrongType(
  idx: Idx,
  row: number,
  objectTypes: Uint8Array,
  wanted: ObjectType,
): FormatError {
  const found = TYPE_NAMES[objectTypes[row] as ObjectType];
  return new FormatError('WRONG_TYPE', `expected a ${TYPE_NAMES[wanted]}, found a ${found}`, {
    oid: oidToHex(idx.oidOf(row)),
  });
}
