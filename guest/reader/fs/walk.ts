import { concatBytes, DEFAULT_LIMITS, FormatError } from '#format';
import type { Entry, Path } from './entry.ts';
import { FsError } from './errors.ts';
import type { ListedNode, NodeTree, TreeNode } from './node-tree.ts';
import { pathBytes, pathText, SLASH } from './path.ts';
import { decodeUtf8 } from './utf8.ts';

/** An entry that a walk visits. `path` is for people, `pathBytes` what the image knows it by. */
export interface WalkEntry extends Entry {
  readonly path: string;
  readonly pathBytes: Uint8Array;
  /** Bytes of a file, or of a link's target; 0 for directories and submodules. */
  readonly size: number;
}

/** An entry as it was listed: its sizes and names are found when they are asked for. */
class Walked implements WalkEntry {
  readonly #listed: ListedNode;
  readonly #folder: Uint8Array;

  constructor(folder: Uint8Array, listed: ListedNode) {
    this.#folder = folder;
    this.#listed = listed;
  }

  get kind() {
    return this.#listed.kind;
  }

  get name(): string {
    return this.#listed.name;
  }

  get nameBytes(): Uint8Array {
    return this.#listed.nameBytes;
  }

  get size(): number {
    return this.#listed.size;
  }

  get path(): string {
    return decodeUtf8(this.pathBytes);
  }

  get pathBytes(): Uint8Array {
    return concatBytes([this.#folder, this.nameBytes]);
  }
}

const SLASHES = Uint8Array.of(SLASH);

/** A directory that is being walked through. */
interface Level {
  readonly folder: Uint8Array;
  readonly entries: Iterator<ListedNode>;
}

/**
 * Everything below a directory, a directory before what it holds, in the order of the bytes of the names.
 * Links are given, not followed. Nothing is read before it is asked for, and a step that throws can be repeated.
 * @throws FsError NOT_FOUND, NOT_A_DIRECTORY; FormatError LIMIT for directories nested without end
 */
export function walk(nodes: NodeTree, path: Path): IterableIterator<WalkEntry> {
  return new Walk(nodes, path);
}

/** The same below a directory; paths begin with the bytes `folder`. */
export function walkBelow(
  nodes: NodeTree,
  directory: TreeNode,
  folder: Uint8Array,
): IterableIterator<WalkEntry> {
  return new Walk(nodes, { node: directory, folder });
}

/** Where a walk begins. */
interface WalkStart {
  readonly node: TreeNode;
  /** What paths begin with. */
  readonly folder: Uint8Array;
}

class Walk implements IterableIterator<WalkEntry> {
  readonly #nodes: NodeTree;
  readonly #from: Path | WalkStart;
  #stack: Level[] | undefined;
  /** The directory that was given last, to be entered with the next step. */
  #given: { readonly node: TreeNode; readonly entry: WalkEntry } | undefined;

  constructor(nodes: NodeTree, from: Path | WalkStart) {
    this.#nodes = nodes;
    this.#from = from;
  }

  next(): IteratorResult<WalkEntry> {
    this.#stack ??= [this.#start()];
    const stack = this.#stack;
    if (this.#given !== undefined) {
      if (stack.length >= DEFAULT_LIMITS.maxTreeDepth) {
        throw new FormatError('LIMIT', `directories nested more than ${stack.length} deep`);
      }
      const { node, entry } = this.#given;
      stack.push(this.#open(node, concatBytes([entry.pathBytes, SLASHES])));
      this.#given = undefined;
    }
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { done, value } = top.entries.next();
      if (done) {
        stack.pop();
        continue;
      }
      const entry = new Walked(top.folder, value);
      if (value.kind === 'directory') this.#given = { node: value.node, entry };
      return { done: false, value: entry };
    }
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #start(): Level {
    const path = this.#from;
    if (typeof path === 'object' && 'node' in path) return this.#open(path.node, path.folder);
    const start = this.#nodes.find(path);
    if (this.#nodes.kind(start) !== 'directory') {
      throw new FsError('NOT_A_DIRECTORY', pathText(path), 'not a directory');
    }
    const bytes = pathBytes(path);
    const isWhole = bytes.length === 0 || bytes.at(-1) === SLASH;
    return this.#open(start, isWhole ? bytes : concatBytes([bytes, SLASHES]));
  }

  #open(node: TreeNode, folder: Uint8Array): Level {
    return { folder, entries: this.#nodes.list(node)[Symbol.iterator]() };
  }
}
