import type { NodeTree, TreeNode } from './node-tree.ts';
import { walkBelow } from './walk.ts';

/** A piece is given once it has so many bytes. */
const PIECE = 0x8000;

/** As {@link NodeTree.paths}, by a walk. */
export function* walkedPaths(
  nodes: NodeTree,
  directory: TreeNode,
  shown: Uint8Array,
  end: number,
): Generator<Uint8Array, void, undefined> {
  let piece = new Uint8Array(2 * PIECE);
  let length = 0;
  for (const { pathBytes } of walkBelow(nodes, directory, shown)) {
    const next = length + pathBytes.length + 1;
    if (next > piece.length) {
      const grown = new Uint8Array(2 * next);
      grown.set(piece.subarray(0, length));
      piece = grown;
    }
    piece.set(pathBytes, length);
    piece[next - 1] = end;
    length = next;
    if (length < PIECE) continue;
    yield piece.subarray(0, length);
    length = 0;
  }
  if (length > 0) yield piece.subarray(0, length);
}
