import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { isSystemError, ToolError } from '../base/errors.ts';
import { FolderHandle, type Links } from './folder-handle.ts';

const { O_RDONLY, O_NONBLOCK } = constants;
/** Folders that stay open: most of the files that are read one after another lie in few. */
const MAX_OPEN = 48;
const SLASH = 0x2f;

/**
 * Reaches what is below one folder again and again, by paths relative to it. Each step goes by the descriptor
 * of the folder before, so that none leads through a link, unless links are followed.
 */
export class FolderReader {
  readonly #root: Buffer;
  readonly #identity: string;
  readonly #links: Links;
  /** Open folders by path, the one that was used last at the end; the root's path is empty. */
  readonly #open = new Map<string, FolderHandle>();

  /** The folder that was used last, which is always open. */
  #last: FolderHandle | undefined;
  #lastPath = '';

  /** `identity` is that of the folder at the path `root`, where it was first read. */
  constructor(root: Uint8Array, identity: string, links: Links) {
    this.#root = Buffer.from(root);
    this.#identity = identity;
    this.#links = links;
  }

  /** Opens the file at `path` for reading, without waiting. Close the descriptor when done. */
  openFile(path: Uint8Array): number {
    const flags = O_RDONLY | O_NONBLOCK;
    return this.#at(path, (folder, name) => folder.file(name, flags, undefined, this.#links));
  }

  readLink(path: Uint8Array): Buffer {
    return this.#at(path, (folder, name) => folder.readLink(name));
  }

  /** What is at `path`; a link itself, unless links are followed. */
  stat(path: Uint8Array, links: Links): BigIntStats | undefined {
    return this.#at(path, (folder, name) => folder.stat(name, links));
  }

  /** All that is in the folder at `path`; that of the root is empty. */
  list(path: Uint8Array): Dirent<Buffer>[] {
    return this.#retrying(() => this.#folder(latin1(path)).list());
  }

  /** What tells the folder at `path` from all others. */
  identityOf(path: Uint8Array): string {
    return this.#retrying(() => this.#folder(latin1(path)).identity);
  }

  /** Does something with what stands at `path`: by the handle of its folder, and its name there. */
  within<Result>(path: Uint8Array, use: (folder: FolderHandle, name: Buffer) => Result): Result {
    return this.#at(path, use);
  }

  close(): void {
    for (const handle of this.#open.values()) handle.close();
    this.#open.clear();
    this.#last = undefined;
  }

  #at<Result>(path: Uint8Array, use: (folder: FolderHandle, name: Buffer) => Result): Result {
    const slash = path.lastIndexOf(SLASH);
    const folder = latin1(path.subarray(0, Math.max(0, slash)));
    const name = Buffer.from(path.subarray(slash + 1));
    return this.#retrying(() => use(this.#folder(folder), name));
  }

  /** If the process runs out of descriptors, the folders kept open are closed, and the call is tried again. */
  #retrying<Result>(use: () => Result): Result {
    try {
      return use();
    } catch (error) {
      if (!isSystemError(error, 'EMFILE') || this.#open.size === 0) throw error;
      this.close();
      return use();
    }
  }

  #folder(path: string): FolderHandle {
    if (path === this.#lastPath && this.#last !== undefined) return this.#last;
    this.#last = undefined;
    const handle = this.#find(path);
    this.#last = handle;
    this.#lastPath = path;
    return handle;
  }

  #find(path: string): FolderHandle {
    let handle = this.#open.get(path);
    if (handle !== undefined) {
      this.#open.delete(path);
    } else if (path === '') {
      handle = this.#openRoot();
    } else {
      const slash = path.lastIndexOf('/');
      const above = this.#find(path.slice(0, Math.max(0, slash)));
      handle = above.folder(Buffer.from(path.slice(slash + 1), 'latin1'), this.#links);
    }
    this.#open.set(path, handle);
    if (this.#open.size > MAX_OPEN) this.#closeOldest();
    return handle;
  }

  #openRoot(): FolderHandle {
    const root = FolderHandle.open(this.#root);
    if (root.identity === this.#identity) return root;
    root.close();
    throw new ToolError('CHANGED', `${this.#root}: another folder stands there now`);
  }

  #closeOldest(): void {
    const [path, oldest] = this.#open.entries().next().value as [string, FolderHandle];
    oldest.close();
    this.#open.delete(path);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
