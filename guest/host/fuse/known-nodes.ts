import { FsError, type NodeTree, type TreeNode } from '../../reader/index.ts';

/** A node of a lazy reader holds its directory in memory: few are kept. */
const MOST = 64;

/**
 * The nodes that were asked for last, by their numbers. All others are found again by the reader: there is
 * nothing that the kernel would have to forget.
 */
export class KnownNodes {
  readonly #nodes: NodeTree;
  readonly #known = new Map<number, TreeNode>();

  constructor(nodes: NodeTree) {
    this.#nodes = nodes;
  }

  /** Undefined if no node has this number. @throws FormatError */
  find(number: number | undefined): TreeNode | undefined {
    if (number === undefined) return undefined;
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    try {
      const node = this.#nodes.numbered(number);
      this.keep(number, node);
      return node;
    } catch (error) {
      if (error instanceof FsError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  keep(number: number, node: TreeNode): void {
    this.#known.set(number, node);
    if (this.#known.size <= MOST) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
