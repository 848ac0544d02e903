import { FormatError } from '#format';
import type { NodeTree } from '../reader/index.ts';
import { DiskError } from './file-disk.ts';

/**
 * The nodes of an image file, which answer no more once it is closed, whatever a cache still holds, and
 * whose errors name the file.
 */
export function guardNodes(nodes: NodeTree, path: string, isOpen: () => boolean): NodeTree {
  function attempt<Result>(call: () => Result): Result {
    if (!isOpen()) throw new DiskError('CLOSED', `${path}: cannot read: it was closed`);
    try {
      return call();
    } catch (error) {
      throw nameFile(path, error);
    }
  }
  function each<Item>(items: Iterable<Item>): IterableIterator<Item> {
    const iterator = items[Symbol.iterator]();
    return {
      next: () => attempt(() => iterator.next()),
      [Symbol.iterator]() {
        return this;
      },
    };
  }
  return {
    get root() {
      return attempt(() => nodes.root);
    },
    get lastModified() {
      return attempt(() => nodes.lastModified);
    },
    find: (path, followLast) => attempt(() => nodes.find(path, followLast)),
    child: (directory, name) => attempt(() => nodes.child(directory, name)),
    list: (directory, after) => each(attempt(() => nodes.list(directory, after))),
    paths: (directory, shown, end) => each(attempt(() => nodes.paths(directory, shown, end))),
    entries: (directory) => attempt(() => nodes.entries(directory)),
    kind: (node) => attempt(() => nodes.kind(node)),
    name: (node) => attempt(() => nodes.name(node)),
    size: (node) => attempt(() => nodes.size(node)),
    id: (node) => attempt(() => nodes.id(node)),
    place: (node) => attempt(() => nodes.place(node)),
    placeOf: (idStart) => attempt(() => nodes.placeOf(idStart)),
    target: (link) => attempt(() => nodes.target(link)),
    read: (file, offset, length) => attempt(() => nodes.read(file, offset, length)),
    view: (file, offset, length) => attempt(() => nodes.view(file, offset, length)),
    viewAt: (place, id, offset, length) => attempt(() => nodes.viewAt(place, id, offset, length)),
    number: (node) => attempt(() => nodes.number(node)),
    numbered: (number) => attempt(() => nodes.numbered(number)),
  };
}

/** What is wrong with an image names its file; any other error stays what it is. */
export function nameFile(path: string, error: unknown): unknown {
  if (!(error instanceof FormatError)) return error;
  const { code, reason, offset, oid } = error;
  return new FormatError(code, `${path}: ${reason}`, {
    ...(offset !== undefined && { offset }),
    ...(oid !== undefined && { oid }),
    cause: error,
  });
}
