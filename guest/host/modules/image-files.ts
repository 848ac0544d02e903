import { type FileSystem, FsError } from '../../reader/index.ts';

/** Answers that are remembered; an image does not change, so that each is asked for once. */
const MAX_REMEMBERED = 200_000;

/**
 * What finding modules asks of an image again and again, answered once. Paths are text, absolute, and
 * without `.` and `..`.
 */
export class ImageFiles {
  readonly fs: FileSystem;
  /** Where the image seems to stand: what messages put before its paths. */
  readonly at: string;
  readonly #kinds = new Map<string, 'file' | 'directory' | undefined>();
  readonly #realFolders = new Map<string, string>([['', '']]);

  constructor(fs: FileSystem, at: string) {
    this.fs = fs;
    this.at = at;
  }

  /** What stands at a path, links followed. */
  kind(path: string): 'file' | 'directory' | undefined {
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

  /** The path without links, of a file that is there. */
  realPath(path: string): string {
    const { nodes } = this.fs;
    const slash = path.lastIndexOf('/');
    const real = `${this.#realFolder(path.slice(0, slash))}${path.slice(slash)}`;
    return nodes.kind(nodes.find(real, false)) === 'link' ? this.fs.realPath(real) : real;
  }

  text(path: string): string {
    return Buffer.from(this.fs.view(path)).toString('utf8');
  }

  bytes(path: string): Uint8Array {
    return this.fs.get(path);
  }

  #find(path: string): 'file' | 'directory' | undefined {
    // A folder that is not there holds nothing: most look-ups are of folders that are not there.
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== '' && this.kind(parent) !== 'directory') return undefined;
    try {
      const kind = this.fs.exists(path);
      if (kind === 'directory') return kind;
      return kind === 'file' || kind === 'executable' ? 'file' : undefined;
    } catch (error) {
      if (error instanceof FsError) return undefined;
      throw error;
    }
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
