import type { NodeTree, TreeNode } from '#reader';
import type { Side, SideEntry } from './side.ts';

/** An image as a side: it knows every id. The nodes remain the caller's. */
export function imageSide(nodes: NodeTree): Side<TreeNode> {
  return {
    root: nodes.root,
    *list(folder): Iterable<SideEntry<TreeNode>> {
      for (const { nameBytes, kind, node } of nodes.list(folder)) {
        yield { name: nameBytes, kind, node };
      }
    },
    treeId: (folder) => nodes.id(folder),
    id: (node) => nodes.id(node),
    size: (node) => nodes.size(node),
    read: (node) => (nodes.kind(node) === 'link' ? nodes.target(node) : nodes.read(node)),
    close() {},
  };
}
