import { createHash } from 'node:crypto';
import {
  encodeTree,
  hashObject,
  type MODE_EXECUTABLE,
  type MODE_FILE,
  MODE_LINK,
  MODE_TREE,
  OBJECT_TREE,
  type Oid,
  type TreeEntry,
} from '#format';
import type { ObjectList } from '../objects.ts';
import { refused } from './entry.ts';

interface FolderNode {
  readonly mode: typeof MODE_TREE;
  readonly below: Map<string, Node>;
}

/** A file or a link, whose content is in the list of objects. */
interface LeafNode {
  readonly mode: typeof MODE_FILE | typeof MODE_EXECUTABLE | typeof MODE_LINK;
  readonly oid: Oid;
  /** Bytes of its content. */
  readonly size: number;
}

type Node = FolderNode | LeafNode;

/** What an archive's entries come to, one after the other, as if they were unpacked into an empty folder. */
export class TreeBuilder {
  readonly #root: FolderNode = { mode: MODE_TREE, below: new Map() };
  files = 0;
  bytes = 0;

  /** Puts a folder where `names` lead. @throws ToolError REFUSED */
  addFolder(names: readonly string[]): void {
    this.#folder(names, names);
  }

  /** Puts a file or a link there; what was there before gives way, as it does to tar. @throws ToolError REFUSED */
  addLeaf(names: readonly string[], leaf: LeafNode): void {
    const name = names.at(-1);
    if (name === undefined) throw refused('.', 'not a folder');
    const parent = this.#folder(names.slice(0, -1), names);
    const before = parent.below.get(name);
    if (before !== undefined) this.#remove(before, names);
    parent.below.set(name, leaf);
    this.files += countOf(leaf);
    this.bytes += leaf.size;
  }

  /** The file that a hard link names. @throws ToolError REFUSED if it is not there yet, or no file */
  file(names: readonly string[], link: string): LeafNode {
    let node: Node | undefined = this.#root;
    for (const name of names) node = node?.mode === MODE_TREE ? node.below.get(name) : undefined;
    if (node !== undefined && node.mode !== MODE_TREE && node.mode !== MODE_LINK) return node;
    throw refused(
      link,
      `a hard link to ${Buffer.from(names.join('/'), 'latin1')}, no file before it`,
    );
  }

  /** Adds the trees to `objects`, a folder's after those below it, and gives the root's id. */
  finish(objects: ObjectList): Oid {
    return addTree(objects, this.#root, []);
  }

  #folder(path: readonly string[], entry: readonly string[]): FolderNode {
    let folder = this.#root;
    for (const [depth, name] of path.entries()) {
      const next = folder.below.get(name);
      if (next?.mode === MODE_TREE) {
        folder = next;
        continue;
      }
      // Through a link it would be written elsewhere; a file before it gives way to a folder itself alone.
      if (next !== undefined && (path !== entry || depth < path.length - 1)) {
        const above = Buffer.from(path.slice(0, depth + 1).join('/'), 'latin1');
        const what = next.mode === MODE_LINK ? 'a link' : 'a file';
        throw refused(entry.join('/'), `it lies below ${above}, ${what}`);
      }
      if (next !== undefined) this.#remove(next, entry);
      const made: FolderNode = { mode: MODE_TREE, below: new Map() };
      folder.below.set(name, made);
      folder = made;
    }
    return folder;
  }

  #remove(node: Node, names: readonly string[]): void {
    if (node.mode !== MODE_TREE) {
      this.files -= countOf(node);
      this.bytes -= node.size;
    } else if (node.below.size > 0) {
      throw refused(names.join('/'), 'a folder that is not empty was there before');
    }
  }
}

/** A folder's scan does not count links either. */
function countOf({ mode }: LeafNode): number {
  return mode === MODE_LINK ? 0 : 1;
}

/** Paths are bounded, and so is the depth of this. */
function addTree(objects: ObjectList, folder: FolderNode, path: readonly string[]): Oid {
  const entries: TreeEntry[] = [];
  for (const [text, node] of folder.below) {
    const name = Buffer.from(text, 'latin1');
    const oid = node.mode === MODE_TREE ? addTree(objects, node, [...path, text]) : node.oid;
    entries.push({ mode: node.mode, name, oid });
  }
  const content = encodeTree(entries);
  const oid = hashObject(() => createHash('sha1'), OBJECT_TREE, content);
  const hint = Buffer.from(path.join('/'), 'latin1');
  objects.add(oid, OBJECT_TREE, content.length, { kind: 'inline', content }, hint);
  return oid;
}
