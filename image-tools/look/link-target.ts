import type { NodeTree, TreeNode } from '#reader';
import { ToolError } from '../base/errors.ts';

/** Bytes of the longest target that Linux takes: PATH_MAX, without a NUL. */
const MAX_TARGET = 4095;

/**
 * The target of a link, if there can be such a link: images hold any bytes as one. A longer one is not read.
 * @param path the link's, for messages
 * @throws ToolError REFUSED
 */
export function linkTarget(nodes: NodeTree, link: TreeNode, path: Uint8Array): Uint8Array {
  const size = nodes.size(link);
  const isSized = size > 0 && size <= MAX_TARGET;
  if (isSized) {
    const target = nodes.target(link);
    if (!target.includes(0)) return target;
  }
  const reason = isSized ? 'a NUL in it' : `${size} bytes`;
  throw new ToolError(
    'REFUSED',
    `${Buffer.from(path)}: a link whose target has ${reason}, which no link can have: --exclude leaves it out`,
  );
}
