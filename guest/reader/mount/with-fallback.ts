import { FormatError } from '#format';
import type { Entry, Kind, Path } from '../fs/entry.ts';
import type { ListedNode, NodeTree, TreeNode } from '../fs/node-tree.ts';
import { IndexedNode } from '../layouts/indexed-layout.ts';

/**
 * Reads through `indexed` until its path index proves damaged (BAD_INDEX): that is said once, and
 * the call is made again, with all that follow, by the nodes that `mountOther` gives, whose numbers are
 * others. Nodes that were given before go on to be of use, and so do numbers whose part of the index
 * is sound.
 */
export function withFallback(
  indexed: NodeTree,
  mountOther: () => NodeTree,
  onWarning: (message: string) => void,
): NodeTree {
  let current = indexed;
  let isSaid = false;

  function attempt<Result>(call: (nodes: NodeTree) => Result): Result {
    if (current !== indexed) return call(current);
    try {
      return call(indexed);
    } catch (error) {
      giveUp(error);
      return call(current);
    }
  }

  /** Lets go of the path index if that is what an error is about. @throws the error otherwise */
  function giveUp(error: unknown): void {
    if (!(error instanceof FormatError) || error.code !== 'BAD_INDEX') throw error;
    if (current !== indexed) return;
    // To mount the other may take more than one try, where bytes are missing for the moment.
    if (!isSaid) onWarning(`the path index is not used: ${error.message}`);
    isSaid = true;
    current = mountOther();
  }

  /** The node as the nodes in use know it. */
  function known(nodes: NodeTree, node: TreeNode): TreeNode {
    const found: object = node;
    if (nodes === indexed || !(found instanceof IndexedNode)) return node;
    return nodes.find(found.path, false);
  }

  function of<Result>(node: TreeNode, call: (nodes: NodeTree, node: TreeNode) => Result): Result {
    return attempt((nodes) => call(nodes, known(nodes, node)));
  }

  function list(directory: TreeNode, after?: Uint8Array): Iterable<ListedNode> {
    const entries = of(directory, (nodes, node) => nodes.list(node, after));
    return current === indexed ? listOn(directory, entries, after) : entries;
  }

  /** Gives `entries`, and where they break off those that follow. */
  function listOn(
    directory: TreeNode,
    entries: Iterable<ListedNode>,
    after: Uint8Array | undefined,
  ): Iterable<ListedNode> {
    let items = entries[Symbol.iterator]();
    let isIndexed = true;
    let last: ListedNode | undefined;
    function next(): IteratorResult<ListedNode> {
      try {
        const result = items.next();
        if (!result.done) last = result.value;
        return result;
      } catch (error) {
        if (!isIndexed) throw error;
        giveUp(error);
        items = list(directory, last?.nameBytes ?? after)[Symbol.iterator]();
        isIndexed = false;
        return items.next();
      }
    }
    return {
      [Symbol.iterator]() {
        return { next };
      },
    };
  }

  /** Gives `shown` and so on, and where the index breaks off those that follow: by their bytes, as all agree. */
  function* paths(
    directory: TreeNode,
    shown: Uint8Array,
    end: number,
  ): Generator<Uint8Array, void, undefined> {
    let given = 0;
    try {
      for (const piece of of(directory, (nodes, node) => nodes.paths(node, shown, end))) {
        given += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      giveUp(error);
    }
    for (const piece of current.paths(known(current, directory), shown, end)) {
      const done = Math.min(given, piece.length);
      given -= done;
      if (done < piece.length) yield piece.subarray(done);
    }
  }

  return {
    get root(): TreeNode {
      return current.root;
    },
    get lastModified(): number {
      return current.lastModified;
    },
    find: (path: Path, followLast?: boolean) => attempt((nodes) => nodes.find(path, followLast)),
    child: (directory, name) => of(directory, (nodes, node) => nodes.child(node, name)),
    list,
    paths,
    entries: (directory): Entry[] => of(directory, (nodes, node) => nodes.entries(node)),
    kind: (node): Kind => of(node, (nodes, node) => nodes.kind(node)),
    name: (node) => of(node, (nodes, node) => nodes.name(node)),
    size: (node) => of(node, (nodes, node) => nodes.size(node)),
    id: (node) => of(node, (nodes, node) => nodes.id(node)),
    place: (node) => of(node, (nodes, node) => nodes.place(node)),
    placeOf: (idStart) => attempt((nodes) => nodes.placeOf(idStart)),
    target: (link) => of(link, (nodes, node) => nodes.target(node)),
    read: (file, offset, length) => of(file, (nodes, node) => nodes.read(node, offset, length)),
    view: (file, offset, length) => of(file, (nodes, node) => nodes.view(node, offset, length)),
    viewAt: (place, id, offset, length) =>
      attempt((nodes) => nodes.viewAt(place, id, offset, length)),
    number: (node) => of(node, (nodes, node) => nodes.number(node)),
    numbered: (number) => {
      try {
        return current.numbered(number);
      } catch (error) {
        if (current === indexed) throw error;
        return known(current, indexed.numbered(number));
      }
    },
  };
}
