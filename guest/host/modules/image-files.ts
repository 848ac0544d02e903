import { posix } from 'node:path';
import { type FileSystem, FsError, type TreeNode } from '../../reader/index.ts';
import { type KnownModules, readKnownModules, UNKNOWN } from './known-modules.ts';
import { refuseZero } from './module-errors.ts';
import { preservedLinks } from './requested-images.ts';

/** Answers that are remembered; an image does not change, so that each is asked for once. */
const MAX_REMEMBERED = 200_000;
/** Where ids are not compared. */
const NO_ID = new Uint8Array(0);
/** Folders that are kept open: without a path index, each holds its entries. */
const MAX_FOLDERS = 2_000;

/**
 * What finding modules asks of an image again and again, answered once. Paths are text, absolute, and
 * without `.` and `..`.
 */
export class ImageFiles {
  readonly fs: FileSystem;
  /** Where the image seems to stand: what messages put before its paths. */
  readonly at: string;
  /** What the image's module map says, if it has one. */
  readonly known: KnownModules | undefined;
  readonly #kept = preservedLinks(process.execArgv, process.env);
  readonly #kinds = new Map<string, 'file' | 'directory' | undefined>();
  readonly #folders = new Map<string, TreeNode>();
  readonly #realFolders = new Map<string, string>([['', '']]);

  constructor(fs: FileSystem, at: string) {
    this.fs = fs;
    this.at = at;
    this.known = readKnownModules(fs);
  }

  /** What stands at a path, links followed. As Node asks the system, a path ends where it has a zero. */
  kind(given: string): 'file' | 'directory' | undefined {
    const zero = given.indexOf('\0');
    const path = zero < 0 ? given : given.slice(0, zero);
    if (this.known !== undefined) {
      const mapped = this.known.kind(path);
      if (mapped !== UNKNOWN) return mapped;
    }
    const known = this.#kinds.get(path);
    if (known !== undefined || this.#kinds.has(path)) return known;
    const kind = this.#find(path);
    if (this.#kinds.size >= MAX_REMEMBERED) this.#kinds.clear();
    this.#kinds.set(path, kind);
    return kind;
  }

  isFile(path: string): boolean {
    return this.kind(path) === 'file';
  }

  isDirectory(path: string): boolean {
    return this.kind(path) === 'directory';
  }

  /**
   * The path without links, of a file that is there; or as it is, where Node is told to keep links.
   * @throws ERR_INVALID_ARG_VALUE for one with a zero
   */
  realPath(path: string, isMain = false): string {
    if (isMain ? this.#kept.main : this.#kept.modules) return posix.normalize(path);
    refuseZero(path);
    // Neither it nor a folder above it is a link.
    if (this.known?.kind(path) === 'file') return path;
    const { nodes } = this.fs;
    const slash = path.lastIndexOf('/');
    const real = `${this.#realFolder(path.slice(0, slash))}${path.slice(slash)}`;
    return nodes.kind(nodes.find(real, false)) === 'link' ? this.fs.realPath(real) : real;
  }

  text(path: string): string {
    const { buffer, byteOffset, length } = this.#view(path);
    return Buffer.from(buffer, byteOffset, length).toString('utf8');
  }

  bytes(path: string): Uint8Array {
    return this.fs.get(path);
  }

  #view(path: string): Uint8Array {
    const { nodes } = this.fs;
    const start = this.known?.idStart(path);
    const place = start === undefined ? undefined : nodes.placeOf(start);
    return place === undefined ? this.fs.view(path) : nodes.viewAt(place, NO_ID);
  }

  #find(path: string): 'file' | 'directory' | undefined {
    // A folder that is not there holds nothing: most look-ups are of folders that are not there.
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== '' && this.kind(parent) !== 'directory') return undefined;
    try {
      // By its folder's entries: a path that is not there is an error to the reader, which costs more.
      const name = Buffer.from(path.slice(parent.length + 1));
      const node = this.fs.nodes.child(this.#folder(parent), name);
      if (node === undefined && name.length > 0) return undefined;
      const own = node && this.fs.nodes.kind(node);
      const kind = own === undefined || own === 'link' ? this.fs.exists(path) : own;
      if (kind === 'directory') return kind;
      return kind === 'file' || kind === 'executable' ? 'file' : undefined;
    } catch (error) {
      if (error instanceof FsError) return undefined;
      throw error;
    }
  }

  /** The node of a folder that is there. */
  #folder(path: string): TreeNode {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const node = this.fs.nodes.find(path);
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.clear();
    this.#folders.set(path, node);
    return node;
  }

  #realFolder(path: string): string {
    const known = this.#realFolders.get(path);
    if (known !== undefined) return known;
    const real = this.fs.realPath(path);
    if (this.#realFolders.size >= MAX_REMEMBERED) this.#realFolders.clear();
    this.#realFolders.set(path, real);
    return real;
  }
}
