import { MODE_EXECUTABLE, MODE_FILE } from '#format';
import { FsError } from './errors.ts';
import type { FileHandle } from './file-system.ts';
import type { NodeTree, TreeNode } from './node-tree.ts';

/** A file that was looked up. */
export class OpenFile implements FileHandle {
  readonly kind: 'file' | 'executable';
  readonly #nodes: NodeTree;
  readonly #node: TreeNode;
  readonly #path: string;
  #isOpen = true;
  #size = -1;

  /** `path` is for errors. @throws FsError NOT_A_FILE */
  constructor(nodes: NodeTree, node: TreeNode, path: string) {
    const kind = nodes.kind(node);
    if (kind !== 'file' && kind !== 'executable') {
      throw new FsError('NOT_A_FILE', path, `a ${kind}, not a file`);
    }
    this.kind = kind;
    this.#nodes = nodes;
    this.#node = node;
    this.#path = path;
  }

  get mode(): number {
    return this.kind === 'executable' ? MODE_EXECUTABLE : MODE_FILE;
  }

  get size(): number {
    if (this.#size === -1) this.#size = this.#nodes.size(this.#opened());
    return this.#size;
  }

  get id(): Uint8Array {
    return this.#nodes.id(this.#opened());
  }

  read(offset?: number, length?: number): Uint8Array {
    return this.#nodes.read(this.#opened(), offset, length);
  }

  view(offset?: number, length?: number): Uint8Array {
    return this.#nodes.view(this.#opened(), offset, length);
  }

  close(): void {
    this.#isOpen = false;
  }

  #opened(): TreeNode {
    if (this.#isOpen) return this.#node;
    throw new TypeError(`${this.#path}: the file was closed`);
  }
}
