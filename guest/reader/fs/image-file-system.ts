import { MODE_EXECUTABLE, MODE_FILE, MODE_LINK, MODE_SUBMODULE, MODE_TREE } from '#format';
import type { Entry, Kind, Path } from './entry.ts';
import { FsError } from './errors.ts';
import type { FileHandle, FileSystem, Stats } from './file-system.ts';
import { isFile } from './image-nodes.ts';
import type { NodeTree, TreeNode } from './node-tree.ts';
import { OpenFile } from './open-file.ts';
import { pathText } from './path.ts';
import { realPath } from './real-path.ts';
import { type WalkEntry, walk } from './walk.ts';

const MODES: Readonly<Record<Kind, number>> = {
  file: MODE_FILE,
  executable: MODE_EXECUTABLE,
  directory: MODE_TREE,
  link: MODE_LINK,
  submodule: MODE_SUBMODULE,
};

/** The file system of an image: paths, over the nodes of any reader. */
export class ImageFileSystem implements FileSystem {
  readonly nodes: NodeTree;

  constructor(nodes: NodeTree) {
    this.nodes = nodes;
  }

  exists(path: Path): Kind | undefined {
    try {
      return this.nodes.kind(this.nodes.find(path));
    } catch (error) {
      if (error instanceof FsError && error.code !== 'INVALID_PATH') return undefined;
      throw error;
    }
  }

  open(path: Path): FileHandle {
    const node = this.nodes.find(path);
    return new OpenFile(this.nodes, node, pathText(path));
  }

  stat(path: Path): Stats {
    return this.#stats(this.nodes.find(path));
  }

  lstat(path: Path): Stats {
    return this.#stats(this.nodes.find(path, false));
  }

  realPath<P extends Path>(path: P): P {
    return realPath(this.nodes, path);
  }

  walk(path: Path = '/'): Iterable<WalkEntry> {
    return walk(this.nodes, path);
  }

  get(path: Path): Uint8Array {
    return this.nodes.read(this.#file(path));
  }

  view(path: Path): Uint8Array {
    return this.nodes.view(this.#file(path));
  }

  getPartial(path: Path, offset: number, length: number): Uint8Array {
    return this.nodes.read(this.#file(path), offset, length);
  }

  list(path: Path): Entry[] {
    const node = this.nodes.find(path);
    if (this.nodes.kind(node) === 'directory') return this.nodes.entries(node);
    throw new FsError('NOT_A_DIRECTORY', pathText(path), 'not a directory');
  }

  readLink(path: Path): Uint8Array {
    const node = this.nodes.find(path, false);
    if (this.nodes.kind(node) === 'link') return this.nodes.target(node);
    throw new FsError('NOT_A_LINK', pathText(path), 'not a symbolic link');
  }

  digest(path: Path): Uint8Array {
    return this.nodes.id(this.nodes.find(path));
  }

  size(path: Path): number {
    return this.nodes.size(this.#file(path));
  }

  lastModified(path: Path): number {
    this.nodes.find(path);
    return this.nodes.lastModified;
  }

  #stats(node: TreeNode): Stats {
    const { nodes } = this;
    const kind = nodes.kind(node);
    const { lastModified } = nodes;
    return { kind, mode: MODES[kind], size: nodes.size(node), id: nodes.id(node), lastModified };
  }

  #file(path: Path): TreeNode {
    const node = this.nodes.find(path);
    const kind = this.nodes.kind(node);
    if (isFile(kind)) return node;
    throw new FsError('NOT_A_FILE', pathText(path), `a ${kind}, not a file`);
  }
}
