import { DEFAULT_LIMITS, FormatError } from '#format';
import type { ListedNode, NodeTree, TreeNode } from '#reader';
import type { PathBudget } from './path-budget.ts';

/** One item of a walk. Valid until the next one. */
export interface Visited {
  /** From the image's root, without a slash at either end; borrowed. */
  readonly path: Uint8Array;
  readonly entry: ListedNode;
}

/** Where a walk begins: a folder and its path; the root's is empty. */
export interface WalkStart {
  readonly path: Uint8Array;
  readonly node: TreeNode;
}

export interface WalkOptions {
  /** Whether to leave out what stands at a path, and all below it. */
  readonly exclude?: ((path: Uint8Array, isFolder: boolean) => boolean) | undefined;
  /** What the walk may come to, for whoever does more with each path than to print it. */
  readonly budget?: PathBudget | undefined;
}

const SLASH = 0x2f;
const { maxTreeDepth } = DEFAULT_LIMITS;
/** Room for a path, in bytes; it grows. */
const FIRST_ROOM = 4096;

/**
 * Everything below a folder, a folder before what it holds, in the order of the bytes of names. Links are
 * given, not followed. Memory grows with the depth alone.
 * @throws FormatError LIMIT for folders nested without end, and beyond the budget; and what reading them
 * throws
 */
export function* walkNodes(
  nodes: NodeTree,
  start: WalkStart,
  { exclude, budget }: WalkOptions = {},
): Generator<Visited, void, undefined> {
  let room = new Uint8Array(FIRST_ROOM);
  /** Puts bytes after the first `length` of the path; returns its new length. */
  const append = (length: number, bytes: Uint8Array): number => {
    const end = length + bytes.length;
    if (end >= room.length) {
      const grown = new Uint8Array(2 * end + 2);
      grown.set(room.subarray(0, length));
      room = grown;
    }
    room.set(bytes, length);
    return end;
  };
  /** A folder's entries, and the length of what its path has before a name. */
  const enter = (node: TreeNode, length: number) => {
    if (length > 0) room[length] = SLASH;
    return {
      entries: nodes.list(node)[Symbol.iterator](),
      isNew: budget?.isNew(nodes.id(node)) ?? true,
      prefix: length === 0 ? 0 : length + 1,
    };
  };
  const stack = [enter(start.node, append(0, start.path))];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { done, value: entry } = top.entries.next();
    if (done) {
      stack.pop();
      continue;
    }
    const end = append(top.prefix, entry.nameBytes);
    const path = room.subarray(0, end);
    const isFolder = entry.kind === 'directory';
    if (exclude?.(path, isFolder)) continue;
    budget?.addPath(top.isNew);
    yield { path, entry };
    if (!isFolder) continue;
    if (stack.length >= maxTreeDepth) {
      throw new FormatError('LIMIT', `folders nested more than ${maxTreeDepth} deep`);
    }
    stack.push(enter(entry.node, end));
  }
}
