import { createHash } from 'node:crypto';
import { closeSync, type Dirent, fstatSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import {
  encodeTree,
  equalBytes,
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
import { consumeInOrder } from '../base/in-order.ts';
import { FolderHandle } from '../files/folder-handle.ts';
import { FileHasher, type HashedFile } from './file-hasher.ts';
import {
  enterFound,
  FILE_EXECUTABLE,
  FILE_OMITTED,
  FILE_UNKNOWN,
  type FoundFiles,
  foundOid,
  startFound,
} from './found-files.ts';
import { HashThreads } from './hash-threads.ts';
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
  /** Threads that hash files; by default one for each core. */
  readonly jobs?: number | undefined;
  /** Whether many files are to be expected: the threads start while the first ones are hashed here. */
  readonly expectMany?: boolean | undefined;
  /** Called for each entry that cannot be stored and is left out; may throw to refuse it. */
  readonly onSkip: (path: string, reason: string) => void;
  /** Told of each folder when all in it has been read, the root last; gives files to add to it. */
  readonly onFolder?: ((folder: ScannedFolder) => readonly AddedFile[]) | undefined;
  /** Told now and then how many files, and bytes of them, have been read. */
  readonly onProgress?: ((files: number, bytes: number) => void) | undefined;
}

/** A folder all of whose entries have been read. */
export interface ScannedFolder {
  /** Relative to the root, empty for it. */
  readonly path: Buffer;
  /** In the order of the bytes of their names. */
  readonly entries: readonly TreeEntry[];
  /** The content of a file in it. @throws ToolError CHANGED if that is another by now */
  read(entry: TreeEntry): Buffer;
}

/** A file that an image has and its folder does not. */
export interface AddedFile {
  readonly name: Buffer;
  readonly content: Buffer;
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

/** What the walk comes across, in its order. It is added later, when the files before it are hashed. */
type Step =
  | { readonly kind: 'file'; readonly frame: Frame; readonly name: Buffer; readonly path: Buffer }
  | {
      readonly kind: 'link';
      readonly frame: Frame;
      readonly name: Buffer;
      readonly path: Buffer;
      readonly content: Buffer;
    }
  | { readonly kind: 'end'; readonly frame: Frame; readonly parent: Frame | undefined };

/** Steps that are taken together. */
interface Stretch {
  readonly steps: readonly Step[];
  /** Paths of the files among them. */
  readonly files: readonly Buffer[];
  /** The error that ended the walk after them, if one did. */
  readonly failure: unknown;
  readonly bytes: number;
}

const SLASH = Buffer.from('/');
/** Linux's PATH_MAX, in bytes: a path must be shorter. */
const MAX_PATH = 4096;
const PAUSE_AFTER_MS = 50;
/** A stretch ends at so many files, or steps. */
const STRETCH_FILES = 128;
const STRETCH_STEPS = 1024;
/** So many files, and bytes of them, take as long to hash as threads take to start. */
const FEW_FILES = 256;
const FEW_BYTES = 16 << 20;

/**
 * Reads a folder once and gives its objects: every file is hashed, none is kept. Executable bits,
 * links (not followed), empty folders and any bytes in names are kept; git's own folders (`.git`),
 * sockets, devices and FIFOs are skipped.
 * @throws ToolError NO_INPUT, CHANGED, REFUSED (links that loop, in compat mode)
 */
export async function scanFolder(options: ScanOptions): Promise<Scan> {
  const { root, omit } = options;
  const rootIdentity = identityOfRoot(root);
  const links = options.compat ? 'follow' : 'refuse';
  const objects = new ObjectList({ root, rootIdentity, links });
  const jobs = options.jobs ?? availableParallelism();
  const threads = new HashThreads({ root, rootIdentity, links, omit }, jobs);
  const scanner = new FolderScanner(options, objects);
  try {
    if (options.expectMany && jobs > 1) threads.start();
    await consumeInOrder<Stretch, FoundFiles>(
      stretches(scanner),
      { tasks: jobs * 2, bytes: Number.POSITIVE_INFINITY },
      ({ files }) => {
        const isSmall = scanner.files < FEW_FILES && scanner.bytes < FEW_BYTES;
        return jobs === 1 || isSmall ? scanner.hashHere(files) : threads.hash(files);
      },
      (found, stretch) => scanner.take(stretch, found),
    );
    return { objects, tree: scanner.tree as Oid, files: scanner.files, bytes: scanner.bytes };
  } finally {
    await threads.close();
    objects.close();
  }
}

/** Walks the folder and yields what is there in stretches. An error of the walk comes with the last one. */
function* stretches(scanner: FolderScanner): Generator<Stretch> {
  let steps: Step[] = [];
  let files: Buffer[] = [];
  const end = (failure?: unknown): Stretch => ({ steps, files, failure, bytes: 0 });
  try {
    for (const step of walk(scanner)) {
      steps.push(step);
      if (step.kind === 'file') files.push(step.path);
      if (files.length < STRETCH_FILES && steps.length < STRETCH_STEPS) continue;
      yield end();
      [steps, files] = [[], []];
    }
  } catch (error) {
    yield end(error);
    return;
  }
  yield end();
}

function* walk(scanner: FolderScanner): Generator<Step> {
  const stack: Frame[] = [scanner.openFolder(Buffer.alloc(0), Buffer.alloc(0), [])];
  for (;;) {
    const frame = stack.at(-1);
    if (frame === undefined) return;
    const dirent = frame.rest.pop();
    if (dirent === undefined) {
      stack.pop();
      yield { kind: 'end', frame, parent: stack.at(-1) };
    } else {
      const found = scanner.visit(frame, dirent, stack);
      if (found === undefined) continue;
      if ('kind' in found) yield found;
      else stack.push(found);
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
  /** The id of the root tree, once all is read. */
  tree: Oid | undefined;
  readonly #options: ScanOptions;
  readonly #objects: ObjectList;
  readonly #hasher: FileHasher;
  #reportAt = performance.now() + PAUSE_AFTER_MS;

  constructor(options: ScanOptions, objects: ObjectList) {
    this.#options = options;
    this.#objects = objects;
    this.#hasher = new FileHasher(objects.files, options.omit);
  }

  /** Hashes files on this thread, which pauses now and then. */
  async hashHere(paths: readonly Buffer[]): Promise<FoundFiles> {
    const found = startFound(paths.length);
    let pauseAt = performance.now() + PAUSE_AFTER_MS;
    for (const [i, path] of paths.entries()) {
      enterFound(found, i, this.#hash(path));
      if (performance.now() < pauseAt) continue;
      await setImmediate();
      pauseAt = performance.now() + PAUSE_AFTER_MS;
    }
    return found;
  }

  /** Adds what a stretch of the walk came across. */
  take({ steps, failure }: Stretch, found: FoundFiles): void {
    let file = 0;
    for (const step of steps) {
      if (step.kind === 'end') this.#addTree(step.frame, step.parent);
      else if (step.kind === 'link') this.#addLink(step);
      else this.#addFile(step, found, file++);
    }
    if (failure !== undefined) throw failure;
    if (performance.now() < this.#reportAt) return;
    this.#options.onProgress?.(this.files, this.bytes);
    this.#reportAt = performance.now() + PAUSE_AFTER_MS;
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

  /** Adds the tree of a folder all of whose entries have been taken. */
  #addTree(frame: Frame, parent: Frame | undefined): void {
    const { path, entries } = frame;
    const read = (entry: TreeEntry) => this.#readAgain(path, entry);
    for (const { name, content } of this.#options.onFolder?.({ path, entries, read }) ?? []) {
      const oid = hashObject(() => createHash('sha1'), OBJECT_BLOB, content);
      this.#objects.add(oid, OBJECT_BLOB, content.length, { kind: 'inline', content }, name);
      entries.push({ mode: MODE_FILE, name, oid });
    }
    const content = encodeTree(frame.entries);
    const oid = hashObject(() => createHash('sha1'), OBJECT_TREE, content);
    this.#objects.add(oid, OBJECT_TREE, content.length, { kind: 'inline', content }, frame.path);
    if (parent === undefined) this.tree = oid;
    else parent.entries.push({ mode: MODE_TREE, name: frame.name, oid });
  }

  #readAgain(folder: Buffer, { name, oid }: TreeEntry): Buffer {
    const path = folder.length === 0 ? Buffer.from(name) : Buffer.concat([folder, SLASH, name]);
    return this.#reading(path, () => {
      const fd = this.#objects.files.openFile(path);
      try {
        const content = fstatSync(fd).isFile() ? readFileSync(fd) : Buffer.alloc(0);
        const found = hashObject(() => createHash('sha1'), OBJECT_BLOB, content);
        if (!equalBytes(found, oid)) throw this.#changed(path);
        return content;
      } finally {
        closeSync(fd);
      }
    });
  }

  #addLink({ frame, name, path, content }: Extract<Step, { kind: 'link' }>): void {
    const oid = hashObject(() => createHash('sha1'), OBJECT_BLOB, content);
    this.#objects.add(oid, OBJECT_BLOB, content.length, { kind: 'link' }, path);
    frame.entries.push({ mode: MODE_LINK, name, oid });
  }

  #addFile({ frame, name, path }: Extract<Step, { kind: 'file' }>, found: FoundFiles, i: number) {
    // A thread gave this file up: hash it again, to find out why.
    if (found.kinds[i] === FILE_UNKNOWN) enterFound(found, i, this.#hash(path));
    const kind = found.kinds[i];
    if (kind === FILE_OMITTED) {
      this.#skip(path, 'the image itself');
      return;
    }
    const size = found.sizes[i] as number;
    const oid = foundOid(found, i);
    this.#objects.add(oid, OBJECT_BLOB, size, { kind: 'file' }, path);
    this.files += 1;
    this.bytes += size;
    const isExecutable = kind === FILE_EXECUTABLE && !this.#options.compat;
    frame.entries.push({ mode: isExecutable ? MODE_EXECUTABLE : MODE_FILE, name, oid });
  }

  /** Hashes a file. @throws ToolError CHANGED if it did not hold still meanwhile */
  #hash(path: Buffer): HashedFile | 'omitted' {
    return this.#reading(path, () => {
      const file = this.#hasher.hash(path);
      if (file === 'changed') throw this.#changed(path);
      return file;
    });
  }

  /** What an entry of a folder is, or the folder to go into; undefined for what is left out. */
  visit(frame: Frame, dirent: Dirent<Buffer>, stack: readonly Frame[]): Step | Frame | undefined {
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
      case 'file':
        return { kind, frame, name, path };
      case 'link': {
        const content = this.#reading(path, () => this.#objects.files.readLink(path));
        return { kind, frame, name, path, content };
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
      // Some file systems do not give the types of a folder's entries.
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

  /** A longer path could be read here, by descriptors, but nobody could open it by its path. */
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
