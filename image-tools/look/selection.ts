import type { Kind, NodeTree, TreeNode } from '#reader';

/** Something in an image that was asked for by its path. */
export interface Selected {
  /** As it was asked for. */
  readonly asked: string;
  /** From the root, without `.`, doubled slashes and those at the ends; empty for the root. */
  readonly path: Uint8Array;
  readonly node: TreeNode;
  readonly kind: Kind;
}

/**
 * What stands at a path. Links on the way are followed, one at its end only if `followLast`.
 * @throws FsError NOT_FOUND, NOT_A_DIRECTORY, INVALID_PATH (`..`), TOO_MANY_LINKS
 */
export function select(nodes: NodeTree, asked: string, followLast: boolean): Selected {
  const node = nodes.find(asked, followLast);
  const names = asked.split('/').filter((name) => name !== '' && name !== '.');
  return { asked, path: Buffer.from(names.join('/')), node, kind: nodes.kind(node) };
}
