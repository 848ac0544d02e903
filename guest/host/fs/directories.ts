import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS, FormatError } from '#format';
import type { Entry, FileSystem, Kind, NodeTree, TreeNode } from '../../reader/index.ts';
import { encodeName } from './encoding.ts';
import { errnoError } from './errno.ts';

/** Which the types leave out. */
const { UV_DIRENT_DIR, UV_DIRENT_FILE, UV_DIRENT_LINK } = fs.constants as unknown as Record<
  'UV_DIRENT_DIR' | 'UV_DIRENT_FILE' | 'UV_DIRENT_LINK',
  number
>;

const TYPES: Readonly<Record<Kind, number>> = {
  file: UV_DIRENT_FILE,
  executable: UV_DIRENT_FILE,
  directory: UV_DIRENT_DIR,
  link: UV_DIRENT_LINK,
  submodule: UV_DIRENT_DIR,
};

/** Node's own class, whose constructor the types keep to themselves. */
const NodeDirent = fs.Dirent as unknown as new (
  name: string | Buffer,
  type: number,
  path: string | Buffer,
) => fs.Dirent;

/** @param parent the directory, as the user knows it */
export function direntOf(
  { nameBytes, kind }: Pick<Entry, 'nameBytes' | 'kind'>,
  parent: string,
  encoding: string | undefined,
): fs.Dirent {
  return new NodeDirent(encodeName(nameBytes, encoding), TYPES[kind], parent);
}

/** What `readdir` is asked for. */
export interface ListOptions {
  readonly encoding: string | undefined;
  readonly withFileTypes: boolean;
  readonly recursive: boolean;
}

/** The names in a directory, or what they are too. @param shown the directory, as the user knows it */
export function listDirectory(
  nodes: NodeTree,
  directory: TreeNode,
  shown: string,
  { encoding, withFileTypes, recursive }: ListOptions,
): (string | Buffer | fs.Dirent)[] {
  const result: (string | Buffer | fs.Dirent)[] = [];
  /** Directories that are still to be listed; `below` is the path from the first one. */
  const pending = [{ node: directory, below: Buffer.alloc(0), depth: 1 }];
  for (const { node, below, depth } of pending) {
    if (depth > DEFAULT_LIMITS.maxTreeDepth) {
      throw new FormatError('LIMIT', `directories nested more than ${depth - 1} deep`);
    }
    const parent = below.length === 0 ? shown : join(shown, String(below));
    for (const entry of recursive ? nodes.list(node) : entriesOf(nodes, node)) {
      const path = recursive ? joinBytes(below, entry.nameBytes) : entry.nameBytes;
      result.push(withFileTypes ? direntOf(entry, parent, encoding) : encodeName(path, encoding));
      if (recursive && 'node' in entry && entry.kind === 'directory') {
        pending.push({ node: entry.node as TreeNode, below: Buffer.from(path), depth: depth + 1 });
      }
    }
  }
  return result;
}

/** The entries of a directory one by one, or all that is below it. @param shown the directory, as the user knows it */
export function* listDirents(
  nodes: NodeTree,
  directory: TreeNode,
  shown: string,
  { encoding, recursive }: Omit<ListOptions, 'withFileTypes'>,
): Generator<fs.Dirent, void, undefined> {
  const pending = [{ node: directory, parent: shown, depth: 1 }];
  for (const { node, parent, depth } of pending) {
    if (depth > DEFAULT_LIMITS.maxTreeDepth) {
      throw new FormatError('LIMIT', `directories nested more than ${depth - 1} deep`);
    }
    for (const entry of nodes.kind(node) === 'submodule' ? [] : nodes.list(node)) {
      yield direntOf(entry, parent, encoding);
      if (recursive && entry.kind === 'directory') {
        pending.push({ node: entry.node, parent: join(parent, entry.name), depth: depth + 1 });
      }
    }
  }
}

/** Nothing is known of what a submodule holds. */
function entriesOf(nodes: NodeTree, node: TreeNode): Entry[] {
  return nodes.kind(node) === 'submodule' ? [] : nodes.entries(node);
}

function joinBytes(folder: Uint8Array, name: Uint8Array): Uint8Array {
  return folder.length === 0 ? name : Buffer.concat([folder, Buffer.from('/'), name]);
}

/** A directory or submodule at `path`. @throws ENOTDIR; FsError */
export function findDirectory(
  { nodes }: FileSystem,
  path: string | Uint8Array,
  syscall: string,
  shown: string,
): TreeNode {
  const node = nodes.find(path);
  const kind = nodes.kind(node);
  if (kind !== 'directory' && kind !== 'submodule') throw errnoError('ENOTDIR', syscall, shown);
  return node;
}
