import type { Kind, NodeTree, TreeNode } from '#reader';
import { type Selected, select } from './selection.ts';
import { type WalkOptions, walkNodes } from './walk-nodes.ts';

/** Something that was selected, or a folder on the way to it. Valid until the next one. */
export interface Chosen {
  /** From the root; borrowed. */
  readonly path: Uint8Array;
  readonly kind: Kind;
  readonly node: TreeNode;
}

const SLASH = 0x2f;

/**
 * What stands at some paths and below them (everything if there are none), each thing once, a folder before
 * what it holds, the folders on the way to a path too. Links are given, not followed, except on the way.
 * @throws FsError for a path that is not there, before anything is given
 */
export function walkSelection(
  nodes: NodeTree,
  paths: readonly string[],
  options: WalkOptions = {},
): Iterable<Chosen> {
  const all = paths.map((path) => select(nodes, path, false));
  const roots = withoutNested(all.length === 0 ? [select(nodes, '/', false)] : all);
  return walkEach(nodes, roots, options);
}

function* walkEach(
  nodes: NodeTree,
  roots: readonly Selected[],
  options: WalkOptions,
): Generator<Chosen, void, undefined> {
  let before: Uint8Array = new Uint8Array(0);
  for (const { path, node, kind } of roots) {
    for (let end = path.indexOf(SLASH); end !== -1; end = path.indexOf(SLASH, end + 1)) {
      const folder = path.subarray(0, end);
      if (isAtOrBelow(before, folder)) continue;
      // Through a link, the folder that it leads to.
      yield { path: folder, kind: 'directory', node: nodes.find(folder) };
    }
    if (path.length > 0) yield { path, kind, node };
    if (kind === 'directory') {
      for (const { path: below, entry } of walkNodes(nodes, { path, node }, options)) {
        yield { path: below, kind: entry.kind, node: entry.node };
      }
    }
    before = path;
  }
}

/** In the order of their bytes, without those that lie below others. */
function withoutNested(all: readonly Selected[]): Selected[] {
  // A slash sorts before all that a name can go on with: what is below a folder follows it at once.
  const key = ({ path }: Selected) => Buffer.from(path).toString('latin1').replaceAll('/', '\0');
  const sorted = all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const kept: Selected[] = [];
  for (const next of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !isAtOrBelow(next.path, last.path)) kept.push(next);
  }
  return kept;
}

/** Whether `path` is the path `folder`, or below it. */
export function isAtOrBelow(path: Uint8Array, folder: Uint8Array): boolean {
  if (folder.length === 0) return true;
  if (path.length < folder.length) return false;
  if (path.length > folder.length && path[folder.length] !== SLASH) return false;
  for (let i = folder.length - 1; i >= 0; i--) if (path[i] !== folder[i]) return false;
  return true;
}
