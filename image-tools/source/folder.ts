import { createHash, hash } from 'node:crypto';
import { closeSync, type Dirent, fstatSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import {
  encodeAscii,
  encodeObjectPrefix,
  encodeTree,
  hashObject,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_LINK,
  MODE_TREE,
  OBJECT_BLOB,
  OBJECT_TREE,
  type Oid,
  type TreeEntry,
} from '#format';
import {
  codeOfSystemError,
  describeSystemError,
  isSystemError,
  ToolError,
} from '../base/errors.ts';
import { FolderHandle, identityOf } from '../files/folder-handle.ts';
import { ObjectList } from './objects.ts';

/** Which folder to read, and how. */
export interface ScanOptions {
  /** The folder, as bytes of a path. */
  readonly root: Buffer;
  /** Do as the original does: every file 100644, links followed. */
  readonly compat: boolean;
  /** Whether to leave out what stands at a path relative to the root. */
  readonly exclude: (relativePath: Uint8Array, isFolder: boolean) => boolean;
  /** Identity ({@link identityOf}) of a file to leave out: the image, where it lies in the folder. */
  readonly omit?: string | undefined;
  /** Told of what cannot be stored and is left out; may throw to refuse it. */
  readonly onSkip: (path: string, reason: string) => void;
  /** Told now and then how many files, and bytes of them, have been read. */
  readonly onProgress?: ((files: number, bytes: number) => void) | undefined;
}

/** What a folder holds. */
export interface Scan {
  /** All blobs and trees, in the order in which they were met, a folder after its content. */
  readonly objects: ObjectList;
  /** The id of the root tree. */
  readonly tree: Oid;
  readonly files: number;
  /** Bytes of all files, those that are alike counted each time. */
  readonly bytes: number;
}

/** A folder whose entries are being read; the walk keeps a stack of them, and never recurses. */
interface Frame {
  readonly name: Buffer;
  /** Relative to the root, empty for it. */
  readonly path: Buffer;
  readonly entries: TreeEntry[];
  readonly rest: Dirent<Buffer>[];
  readonly identity: string;
}

const SLASH = Buffer.from('/');
/** Length of the shortest path that the system does not take, in bytes. */
const MAX_PATH = 4096;
const BUFFER_SIZE = 0x100000;
/** Longer than what is hashed before a file. */
const MAX_PREFIX = 32;
const PAUSE_AFTER_MS = 50;

/**
 * Reads a folder once and gives its objects: every file is hashed, none is kept. Executable bits,
 * links (not followed), empty folders and any bytes in names are kept; git's own folders (`.git`),
 * sockets, devices and FIFOs are skipped.
 * @throws ToolError NO_INPUT, CHANGED, REFUSED (links that loop, in compat mode)
 */
export async function scanFolder(options: ScanOptions): Promise<Scan> {
  const objects = new ObjectList({
    root: options.root,
    rootIdentity: identityOfRoot(options.root),
    links: options.compat ? 'follow' : 'refuse',
  });
  const scanner = new FolderScanner(options, objects);
  try {
    const tree = await walk(scanner, options.onProgress);
    return { objects, tree, files: scanner.files, bytes: scanner.bytes };
  } finally {
    objects.close();
  }
}

async function walk(scanner: FolderScanner, onProgress: ScanOptions['onProgress']): Promise<Oid> {
  const stack: Frame[] = [scanner.openFolder(Buffer.alloc(0), Buffer.alloc(0), [])];
  let pauseAt = performance.now() + PAUSE_AFTER_MS;
  for (;;) {
    const frame = stack.at(-1) as Frame;
    const dirent = frame.rest.pop();
    if (dirent === undefined) {
      const tree = scanner.addTree(frame);
      stack.pop();
      const parent = stack.at(-1);
      if (parent === undefined) return tree;
      parent.entries.push({ mode: MODE_TREE, name: frame.name, oid: tree });
    } else {
      const folder = scanner.visit(frame, dirent, stack);
      if (folder !== undefined) stack.push(folder);
    }
    if (performance.now() > pauseAt) {
      onProgress?.(scanner.files, scanner.bytes);
      await setImmediate();
      pauseAt = performance.now() + PAUSE_AFTER_MS;
    }
  }
}

function identityOfRoot(root: Buffer): string {
  try {
    const folder = FolderHandle.open(root);
    try {
      return folder.identity;
    } finally {
      folder.close();
    }
  } catch (error) {
    const code = codeOfSystemError(error, 'NO_INPUT');
    throw new ToolError(code, `${root}: ${describeSystemError(error)}`, error);
  }
}

class FolderScanner {
  files = 0;
  bytes = 0;
  readonly #options: ScanOptions;
  readonly #objects: ObjectList;
  readonly #buffer = Buffer.allocUnsafe(MAX_PREFIX + BUFFER_SIZE);

  constructor(options: ScanOptions, objects: ObjectList) {
    this.#options = options;
    this.#objects = objects;
  }

  /** Lists a folder, in the order of the bytes of its names whatever the file system's is. */
  openFolder(path: Buffer, name: Buffer, above: readonly Frame[]): Frame {
    const absolute = this.#absolute(path);
    return this.#reading(path, () => {
      const identity = this.#options.compat ? this.#objects.files.identityOf(path) : '';
      if (this.#options.compat && above.some((frame) => frame.identity === identity)) {
        throw new ToolError(
          'REFUSED',
          `${absolute}: a symbolic link leads back to a folder above it`,
        );
      }
      const rest = this.#objects.files.list(path);
      rest.sort((a, b) => Buffer.compare(b.name, a.name));
      return { name, path, entries: [], rest, identity };
    });
  }

  /** Adds the tree of a folder all of whose entries have been visited. */
  addTree(frame: Frame): Oid {
    const content = encodeTree(frame.entries);
    const oid = hashObject(() => createHash('sha1'), OBJECT_TREE, content);
    this.#objects.add(oid, OBJECT_TREE, content.length, { kind: 'inline', content }, frame.path);
    return oid;
  }

  /** Adds an entry to its folder's, or gives the folder to go into. */
  visit(frame: Frame, dirent: Dirent<Buffer>, stack: readonly Frame[]): Frame | undefined {
    const { name } = dirent;
    const path = frame.path.length === 0 ? name : Buffer.concat([frame.path, SLASH, name]);
    this.#checkLength(path);
    const kind = this.#reading(path, () => this.#kindOf(path, dirent));
    if (this.#options.exclude(path, kind === 'folder')) return undefined;
    if (name.toString('latin1').toLowerCase() === '.git' && !this.#options.compat) {
      this.#skip(path, "a Git repository's own data");
      return undefined;
    }
    switch (kind) {
      case 'folder':
        return this.openFolder(path, name, stack);
      case 'file': {
        const file = this.#reading(path, () => this.#addFile(path));
        if (file !== undefined) frame.entries.push({ ...file, name });
        return undefined;
      }
      case 'link': {
        const content = this.#reading(path, () => this.#objects.files.readLink(path));
        const oid = hashObject(() => createHash('sha1'), OBJECT_BLOB, content);
        this.#objects.add(oid, OBJECT_BLOB, content.length, { kind: 'link' }, path);
        frame.entries.push({ mode: MODE_LINK, name, oid });
        return undefined;
      }
      default:
        this.#skip(path, kind);
        return undefined;
    }
  }

  /** `folder`, `file`, `link`, or the words for what cannot be stored. */
  #kindOf(path: Buffer, dirent: Dirent<Buffer>): string {
    const { files } = this.#objects;
    const follow = this.#options.compat && dirent.isSymbolicLink();
    const known = dirent.isDirectory() || dirent.isFile() || dirent.isSymbolicLink();
    let entry: Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink' | 'isFIFO' | 'isSocket'>;
    try {
      // Not every file system tells a folder's reader what its entries are.
      const found = follow || !known ? files.stat(path, follow ? 'follow' : 'refuse') : dirent;
      if (found === undefined) {
        if (follow) return 'a link without a target';
        throw this.#changed(path);
      }
      entry = found;
    } catch (error) {
      if (follow && isSystemError(error, 'ELOOP')) return 'a link that leads to itself';
      throw error;
    }
    if (entry.isDirectory()) return 'folder';
    if (entry.isFile()) return 'file';
    if (entry.isSymbolicLink()) return 'link';
    if (entry.isFIFO()) return 'a FIFO';
    return entry.isSocket() ? 'a socket' : 'a device';
  }

  /** Hashes a file, and checks that it held still meanwhile. */
  #addFile(path: Buffer): { mode: number; oid: Oid } | undefined {
    const fd = this.#objects.files.openFile(path);
    try {
      const before = fstatSync(fd, { bigint: true });
      if (!before.isFile()) throw this.#changed(path);
      if (identityOf(before) === this.#options.omit) {
        this.#skip(path, 'the image itself');
        return undefined;
      }
      const size = Number(before.size);
      const oid = size <= BUFFER_SIZE ? this.#hashSmall(fd, size) : this.#hashLarge(fd, size);
      if (oid === undefined) throw this.#changed(path);
      const after = fstatSync(fd, { bigint: true });
      if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw this.#changed(path);
      this.#objects.add(oid, OBJECT_BLOB, size, { kind: 'file' }, path);
      this.files += 1;
      this.bytes += size;
      const executable = (before.mode & 0o100n) !== 0n && !this.#options.compat;
      return { mode: executable ? MODE_EXECUTABLE : MODE_FILE, oid };
    } finally {
      closeSync(fd);
    }
  }

  /** The id of a file whose bytes are hashed by one call, which takes half of what three do; undefined if it is cut. */
  #hashSmall(fd: number, size: number): Oid | undefined {
    const prefix = encodeObjectPrefix(OBJECT_BLOB, size);
    const end = prefix.length + size;
    this.#buffer.set(prefix);
    for (let at = prefix.length; at < end; ) {
      const count = readSync(fd, this.#buffer, at, end - at, null);
      if (count === 0) return undefined;
      at += count;
    }
    return encodeAscii(hash('sha1', this.#buffer.subarray(0, end), 'binary'));
  }

  #hashLarge(fd: number, size: number): Oid | undefined {
    const hash = createHash('sha1').update(encodeObjectPrefix(OBJECT_BLOB, size));
    for (let left = size; left > 0; ) {
      const count = readSync(fd, this.#buffer, 0, Math.min(left, BUFFER_SIZE), null);
      if (count === 0) return undefined;
      hash.update(this.#buffer.subarray(0, count));
      left -= count;
    }
    return hash.digest();
  }

  /** By descriptors it could be read; nobody could open it by its path. */
  #checkLength(path: Buffer): void {
    const absolute = this.#absolute(path);
    if (absolute.length < MAX_PATH) return;
    throw new ToolError('NO_INPUT', `${absolute}: name too long`);
  }

  #absolute(path: Buffer): Buffer {
    const { root } = this.#options;
    return path.length === 0 ? root : Buffer.concat([root, SLASH, path]);
  }

  #skip(path: Buffer, reason: string): void {
    this.#options.onSkip(this.#absolute(path).toString(), reason);
  }

  #changed(path: Buffer): ToolError {
    return new ToolError('CHANGED', `${this.#absolute(path)}: changed while it was read`);
  }

  #reading<Result>(path: Buffer, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (error instanceof ToolError) throw error;
      const absolute = this.#absolute(path).toString();
      if (path.length > 0 && isSystemError(error, 'ENOTDIR', 'ELOOP')) throw this.#changed(path);
      if (path.length > 0 && isSystemError(error, 'ENOENT')) {
        throw new ToolError('CHANGED', `${absolute}: vanished while the folder was read`, error);
      }
      const code = codeOfSystemError(error, 'NO_INPUT');
      throw new ToolError(code, `${absolute}: ${describeSystemError(error)}`, error);
    }
  }
}
