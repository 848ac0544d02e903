import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { isSystemError, ToolError } from '../base/errors.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
/** Linux: a descriptor for the place alone, which needs no permission to read what is there. */
const O_PATH = process.platform === 'linux' ? 0o10000000 : 0;

/** Whether a link on the last step of a path is followed. */
export type Links = 'follow' | 'refuse';

/** What tells a file from all others of the machine, while it exists. */
export function identityOf(stats: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${stats.dev}:${stats.ino}`;
}

/**
 * An open folder. Every operation in it goes through its descriptor, one name at a time, so replacing the
 * folder, or one above it, by a link to another place has no effect. Node has no openat(2), but Linux has the
 * path `/proc/self/fd/N/NAME`, which does the same. Without /proc (other systems, some containers) the path is
 * used, and it must lead to this folder before and after each call: a swap that is undone in between goes
 * unnoticed.
 */
export class FolderHandle {
  /** For messages, and where there is no /proc. */
  readonly path: Buffer;
  readonly #fd: number;
  readonly #prefix: Buffer | undefined;
  #identity: string | undefined;

  private constructor(fd: number, path: Buffer) {
    this.#fd = fd;
    this.path = path;
    this.#prefix = hasDescriptorPaths(fd) ? Buffer.from(`/proc/self/fd/${fd}/`) : undefined;
    // Without descriptors' paths this is what is compared.
    if (this.#prefix === undefined) this.#identity = identityOf(fstatSync(fd, { bigint: true }));
  }

  /**
   * Opens the folder at `path`, links followed, which is also known as `known`. Close it when done.
   * @throws the system's errors
   */
  static open(path: Buffer, known = path): FolderHandle {
    return new FolderHandle(openSync(path, O_RDONLY | O_DIRECTORY | O_PATH), known);
  }

  /** What tells this folder from all others. */
  get identity(): string {
    this.#identity ??= identityOf(this.statSelf());
    return this.#identity;
  }

  /** Opens the folder `name` in this one. @throws ENOTDIR or ELOOP for a link, unless it is followed */
  folder(name: Buffer, links: Links = 'refuse'): FolderHandle {
    const flags = O_RDONLY | O_DIRECTORY | O_PATH | (links === 'refuse' ? O_NOFOLLOW : 0);
    return new FolderHandle(this.#open(name, flags), this.pathOf(name));
  }

  /** Opens the folder that this one is in, which stands at `path`. */
  parent(path: Buffer): FolderHandle {
    const at = this.#prefix === undefined ? path : Buffer.concat([this.#prefix, DOTS]);
    return new FolderHandle(openSync(at, O_RDONLY | O_DIRECTORY | O_PATH), path);
  }

  /** Opens the file `name` in this folder, and gives its descriptor, which is the caller's. */
  file(name: Buffer, flags: number, mode = 0o666, links: Links = 'refuse'): number {
    return this.#open(name, flags | (links === 'refuse' ? O_NOFOLLOW : 0), mode);
  }

  /** For a process that is to inherit it. */
  get descriptor(): number {
    return this.#fd;
  }

  statSelf(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  /** What `name` is in this folder; undefined if there is nothing of that name. */
  stat(name: Buffer, links: Links = 'refuse'): BigIntStats | undefined {
    const stat = links === 'refuse' ? lstatSync : statSync;
    return this.#within(name, (path) => stat(path, { bigint: true, throwIfNoEntry: false }));
  }

  readLink(name: Buffer): Buffer {
    return this.#within(name, (path) => readlinkSync(path, { encoding: 'buffer' }));
  }

  /** All that is in this folder, in no order. */
  list(): Dirent<Buffer>[] {
    const options = { encoding: 'buffer', withFileTypes: true } as const;
    return this.#within(DOT, (path) => readdirSync(path, options));
  }

  /**
   * A path of this folder by its descriptor, for a folder that nobody else may enter: more than one step
   * below it can be trusted there. Valid until it is closed, in all threads.
   */
  get location(): Buffer {
    return this.#prefix?.subarray(0, -1) ?? this.path;
  }

  makeFolder(name: Buffer, mode: number): void {
    this.#within(name, (path) => mkdirSync(path, { mode }));
  }

  /** Moves `name` to `newName` in the folder `to`, over what stands there. */
  rename(name: Buffer, to: FolderHandle, newName: Buffer): void {
    this.#within(name, (from) => to.#within(newName, (path) => renameSync(from, path)));
  }

  /** Gives `name` a second name in the folder `to`. @throws EEXIST if the name is taken, even by a link */
  link(name: Buffer, to: FolderHandle, newName: Buffer): void {
    this.#within(name, (from) => to.#within(newName, (path) => linkSync(from, path)));
  }

  /** Makes a symbolic link. @throws EEXIST if the name is taken, even by a link */
  makeLink(target: Uint8Array, name: Buffer): void {
    this.#within(name, (path) => symlinkSync(Buffer.from(target), path));
  }

  /** Sets the time of `name`, of a link itself. @param seconds since 1970 */
  setTime(name: Buffer, seconds: number): void {
    this.#within(name, (path) => lutimesSync(path, seconds, seconds));
  }

  /** Removes the file or link `name`; never a folder. */
  remove(name: Buffer): void {
    this.#within(name, (path) => unlinkSync(path));
  }

  /** Removes the folder `name`. @throws ENOTEMPTY where something is in it */
  removeFolder(name: Buffer): void {
    this.#within(name, (path) => rmdirSync(path));
  }

  /** Has the folder's names written to disk, where its file system can do that. */
  sync(): void {
    try {
      const fd = this.#within(DOT, (path) => openSync(path, O_RDONLY | O_DIRECTORY));
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (!isSystemError(error, 'EINVAL', 'ENOTSUP', 'EACCES')) throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The path of `name` in this folder, for messages. */
  pathOf(name: Buffer): Buffer {
    const slash = this.path.at(-1) === SLASH ? [] : [Buffer.of(SLASH)];
    return Buffer.concat([this.path, ...slash, name]);
  }

  #open(name: Buffer, flags: number, mode?: number): number {
    let fd: number | undefined;
    try {
      return this.#within(name, (path) => {
        fd = openSync(path, flags, mode);
        return fd;
      });
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      throw error;
    }
  }

  #within<Result>(name: Buffer, use: (path: Buffer) => Result): Result {
    if (name !== DOT) checkName(name);
    if (this.#prefix !== undefined) return use(Buffer.concat([this.#prefix, name]));
    this.#checkPlace();
    const result = use(name === DOT ? this.path : this.pathOf(name));
    this.#checkPlace();
    return result;
  }

  #checkPlace(): void {
    const stats = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined && identityOf(stats) === this.#identity) return;
    throw new ToolError('CHANGED', `${this.path}: another folder stands there now`);
  }
}

const SLASH = 0x2f;
const DOT = Buffer.from('.');
const DOTS = Buffer.from('..');

/** More than one step would lead through folders that nobody has looked at. */
function checkName(name: Buffer): void {
  if (name.length === 0 || name.includes(SLASH) || name.equals(DOT) || name.equals(DOTS)) {
    throw new TypeError(`not one name: ${name}`);
  }
}

let descriptorPaths: boolean | undefined;

/** The folder of the descriptors' paths, of this process or one that gets them; undefined if there is none. */
export function descriptorFolder(): string | undefined {
  if (descriptorPaths === undefined) FolderHandle.open(Buffer.from('/')).close();
  return descriptorPaths ? '/proc/self/fd' : undefined;
}

/** Whether `/proc/self/fd/N` leads to what the descriptor `fd`, a folder's, is open for. */
function hasDescriptorPaths(fd: number): boolean {
  descriptorPaths ??= probe(fd);
  return descriptorPaths;
}

function probe(fd: number): boolean {
  try {
    const there = statSync(`/proc/self/fd/${fd}/.`, { bigint: true });
    return identityOf(there) === identityOf(fstatSync(fd, { bigint: true }));
  } catch {
    return false;
  }
}

/** Does as a system without /proc would, until the function that it gives is called; for tests. */
export function forgetDescriptorPaths(): () => void {
  descriptorPaths = false;
  return () => {
    descriptorPaths = undefined;
  };
}
