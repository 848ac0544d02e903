import {
  equalBytes,
  FormatError,
  keyOf,
  type PackOffset,
  type PathIndex,
  prefixBelow,
  ROOT_PREFIX,
} from '#format';
import { isDot, segmentEnd } from '../fs/path.ts';
import type { ObjectReader } from '../pack/index.ts';

/** So many paths are looked up: the first ones wait for a disk, those after them for little. */
const MAX_PATHS = 4;
/** Larger files are read in their own way. */
const MAX_SIZE = 1 << 20;

/**
 * Where a path index says that the trees on a path stand. Whoever asks believes nothing that a hash does not
 * confirm; but what is said is read at once, and not tree after tree.
 */
export class TreeHints {
  readonly #index: PathIndex;
  readonly #objects: ObjectReader;
  #pathsLeft = MAX_PATHS;
  /** What was announced last: a call that is repeated announces it again. */
  #path: Uint8Array | undefined;
  /** By depth, from 1 on. */
  #places: PackOffset[] = [];

  constructor(index: PathIndex, objects: ObjectReader) {
    this.#index = index;
    this.#objects = objects;
  }

  /** Where the root tree is said to stand. */
  get root(): PackOffset {
    return this.#index.footer.rootPackOffset;
  }

  /** Begins to read the trees on a path, and what stands at its end. */
  announce(path: Uint8Array): void {
    this.#places = [];
    if (this.#path === undefined || !equalBytes(this.#path, path)) {
      if (this.#pathsLeft === 0) return;
      this.#pathsLeft -= 1;
      this.#path = path.slice();
    }
    try {
      const entries = this.#index.findTogether(keysOnPath(path));
      this.#places = entries.map((entry) => {
        return entry === undefined || entry.size > MAX_SIZE ? 0 : entry.packOffset;
      });
      this.#objects.approachAll([this.root, ...this.#places.filter((place) => place > 0)]);
    } catch (error) {
      // All of it is found without an index too.
      if (!(error instanceof FormatError)) throw error;
      this.#pathsLeft = 0;
      this.#path = undefined;
    }
  }

  /** Where the entry `depth` names down the path is said to stand; told once, 0 if nothing is said. */
  take(depth: number): PackOffset {
    const place = this.#places[depth - 1] ?? 0;
    this.#places[depth - 1] = 0;
    return place;
  }
}

/** The keys of a path and of all directories on it, if no link is on the way. */
function keysOnPath(path: Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = [];
  let prefix = ROOT_PREFIX;
  for (let from = 0; from < path.length; ) {
    const to = segmentEnd(path, from);
    if (to > from && !isDot(path, from, to)) {
      const name = path.subarray(from, to);
      keys.push(keyOf(prefix, name));
      prefix = prefixBelow(prefix, name);
    }
    from = to + 1;
  }
  return keys;
}
