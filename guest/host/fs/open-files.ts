import type { TreeNode } from '../../reader/index.ts';
import { errnoError } from './errno.ts';

/** Below are the system's own descriptors, and from 2^30 on those of Node's virtual file systems. */
const FIRST_DESCRIPTOR = 2 ** 29;
const LAST_DESCRIPTOR = 2 ** 30 - 1;
/** As many as a process may have by most systems' hard limit. */
const MAX_OPEN = 2 ** 20;

/** A file or directory that was opened; `position` is where the next read without one begins. */
export interface OpenFile {
  readonly node: TreeNode;
  readonly path: string;
  readonly isDirectory: boolean;
  /** Bytes of a file. */
  readonly size: number;
  position: number;
}

/** The descriptors of all images, so that none means two files: numbers that no other file of the process has. */
const taken = new Set<number>();
let last = FIRST_DESCRIPTOR - 1;

/** What is open of one image. */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();

  /** @throws EMFILE as an errno error would be, beyond a million open files */
  add(file: OpenFile): number {
    if (taken.size >= MAX_OPEN) throw errnoError('EMFILE', 'open', file.path);
    do last = last === LAST_DESCRIPTOR ? FIRST_DESCRIPTOR : last + 1;
    while (taken.has(last));
    taken.add(last);
    this.#files.set(last, file);
    return last;
  }

  /** Whether it is a descriptor that is open here. */
  has(fd: unknown): boolean {
    return typeof fd === 'number' && this.#files.has(fd);
  }

  /** @throws EBADF for a descriptor that is not open here */
  get(fd: number, syscall: string): OpenFile {
    const file = this.#files.get(fd);
    if (file === undefined) throw errnoError('EBADF', syscall);
    return file;
  }

  /** @throws EBADF */
  close(fd: number): void {
    if (!this.#files.delete(fd)) throw errnoError('EBADF', 'close');
    taken.delete(fd);
  }
}
