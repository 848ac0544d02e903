import type { PathLike, Stats } from 'node:fs';
import type { ImageFs } from '../fs/create-fs.ts';
import { type ErrnoCode, errnoError } from '../fs/errno.ts';

/** Paths, of files that are there and of files that are not. */
const MAX_PATHS = 10_000;
/** Longer files are read again, in bytes. */
const MAX_FILE = 64 * 1024;
/** All that are kept, in bytes. */
const MAX_HELD = 8 * 1024 * 1024;

interface Remembered {
  /** What it is, or why it is not there. */
  readonly found: Stats | ErrnoCode;
  content: Buffer | undefined;
}

/**
 * Node looks for a package.json above each module that it loads, in one folder after the other, also where it was told
 * of the module's format. As images do not change, each is looked up once.
 * @param fs answers for paths from the image's root
 */
export function rememberPackages(fs: ImageFs): Pick<ImageFs, 'statSync' | 'readFileSync'> {
  const known = new Map<string, Remembered>();
  let held = 0;

  function forget(): void {
    known.clear();
    held = 0;
  }

  function look(path: string): Remembered {
    const seen = known.get(path);
    if (seen !== undefined) return seen;
    let found: Stats | ErrnoCode;
    try {
      found = fs.statSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
      found = code;
    }
    if (known.size >= MAX_PATHS) forget();
    const remembered = { found, content: undefined };
    known.set(path, remembered);
    return remembered;
  }

  function statSync(path: PathLike, options?: { bigint?: boolean; throwIfNoEntry?: boolean }) {
    if (!isPackage(path) || options?.bigint === true) return fs.statSync(path, options);
    const { found } = look(path);
    if (typeof found === 'object')
      return Object.assign(Object.create(Object.getPrototypeOf(found)), found);
    if (options?.throwIfNoEntry === false) return undefined;
    throw errnoError(found, 'stat', path);
  }

  function readFileSync(path: PathLike | number, options?: never) {
    if (!isPackage(path) || (options ?? undefined) !== undefined) {
      return fs.readFileSync(path, options);
    }
    const remembered = look(path);
    const { found } = remembered;
    if (typeof found === 'string' || found.size > MAX_FILE) return fs.readFileSync(path);
    if (remembered.content === undefined) {
      remembered.content = fs.readFileSync(path) as Buffer;
      held += remembered.content.length;
      if (held > MAX_HELD) forget();
    }
    return Buffer.from(remembered.content);
  }

  return { statSync, readFileSync } as Pick<ImageFs, 'statSync' | 'readFileSync'>;
}

function isPackage(path: PathLike | number): path is string {
  return typeof path === 'string' && path.endsWith('/package.json');
}
