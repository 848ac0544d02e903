import { FormatError } from '#format';

/**
 * A few trees within each other can make more paths than anybody can store. What is plainly a folder with
 * copies in it may be walked: so many paths, and that many more for each entry of a distinct tree. It is
 * the bound that a path index has.
 */
const FREE_PATHS = 2 ** 18;
const PATHS_PER_ENTRY = 32;

/** What a walk may come to. It keeps the ids of the folders that it has met. */
export class PathBudget {
  readonly #met = new Set<string>();
  #paths = 0;
  #distinct = 0;

  /** Whether a tree is met for the first time. */
  isNew(id: Uint8Array): boolean {
    const before = this.#met.size;
    this.#met.add(Buffer.from(id).toString('latin1'));
    return this.#met.size > before;
  }

  /** Counts an entry of a tree. @throws FormatError LIMIT */
  addPath(ofNewTree: boolean): void {
    this.#paths += 1;
    if (ofNewTree) this.#distinct += 1;
    if (this.#paths > FREE_PATHS + PATHS_PER_ENTRY * this.#distinct) {
      throw new FormatError('LIMIT', `more than ${this.#paths} paths, out of a few folders`);
    }
  }
}
