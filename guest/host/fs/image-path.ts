import { Buffer } from 'node:buffer';
import type { PathLike } from 'node:fs';
import { dirname, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileSystem, FsError, type Path } from '../../reader/index.ts';
import { argumentError } from './errno.ts';

/** Turns the paths that users of node:fs give into those of an image. */
export interface ImagePaths {
  /**
   * The path in the image, with `..` resolved after links, as a kernel does.
   * @throws TypeError for what is no path, FsError NOT_FOUND for one that is not in the image
   */
  locate(path: PathLike): Path;
  /** A path from the image's root as the user knows it. */
  show(path: Uint8Array): Uint8Array;
}

/** A path as errors name it. */
export function pathName(path: PathLike): string {
  return path instanceof URL ? fileURLToPath(path) : String(path);
}

const DOT_DOT = /(?:^|\/)\.\.(?:\/|$)/;

/**
 * @param at where the image seems to stand, an absolute path: relative paths then count from the process's
 * working directory, and what lies elsewhere is not found. Without it, the image is all there is.
 */
export function createImagePaths(fs: FileSystem, at?: string): ImagePaths {
  const prefix = at === undefined ? '' : resolve(at).replace(/\/$/, '');
  /** With one character for each byte, as paths of any bytes are cut. */
  const prefixBytes = asBytes(prefix);

  /** @param own the prefix in the same form as the path */
  function below(path: string, own: string): string {
    if (own === '') return path;
    const isBytes = own !== prefix;
    const cwd = () => (isBytes ? asBytes(process.cwd()) : process.cwd());
    const absolute = path.startsWith('/') ? path : `${cwd()}/${path}`;
    const plain = absolute.startsWith(`${own}/`) ? absolute : normalize(absolute);
    if (plain === own) return '/';
    if (plain.startsWith(`${own}/`)) return plain.slice(own.length);
    throw new FsError('NOT_FOUND', path, 'not in the image');
  }

  function locate(path: PathLike): Path {
    if (typeof path === 'string') {
      refuseNul(path.includes('\0'), path);
      if (path === '') throw new FsError('NOT_FOUND', path, 'an empty path');
      const inside = below(path, prefix);
      return DOT_DOT.test(inside) ? climb(asBytes(inside)) : inside;
    }
    if (path instanceof URL) return locate(fileURLToPath(path));
    if (!(path instanceof Uint8Array)) {
      throw argumentError('path', 'of type string or an instance of Buffer or URL', path);
    }
    refuseNul(path.includes(0), path);
    if (path.length === 0) throw new FsError('NOT_FOUND', '', 'an empty path');
    const inside = below(Buffer.from(path).toString('latin1'), prefixBytes);
    return DOT_DOT.test(inside) ? climb(inside) : Buffer.from(inside, 'latin1');
  }

  /** Resolves each `..`: to the parent of what stands before it, links followed. */
  function climb(path: string): Uint8Array {
    const names = path.split('/');
    let done = '/';
    for (const [place, name] of names.entries()) {
      if (name === '..' && done === '/' && prefix !== '') {
        const outside = [dirname(prefixBytes), ...names.slice(place + 1)].join('/');
        return locate(Buffer.from(outside, 'latin1')) as Uint8Array;
      }
      if (name === '..') done = parentOf(fs, done);
      else if (name !== '' && name !== '.')
        done = done.endsWith('/') ? done + name : `${done}/${name}`;
      else if (place === names.length - 1 && !done.endsWith('/')) done += '/';
    }
    return Buffer.from(done, 'latin1');
  }

  return {
    locate,
    show(path) {
      if (prefix === '') return path;
      return path.length === 1 ? Buffer.from(prefix) : Buffer.concat([Buffer.from(prefix), path]);
    },
  };
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function parentOf(fs: FileSystem, path: string): string {
  const bytes = Buffer.from(path, 'latin1');
  if (fs.stat(bytes).kind !== 'directory') {
    throw new FsError('NOT_A_DIRECTORY', path, 'not a directory');
  }
  const real = Buffer.from(fs.realPath(bytes)).toString('latin1');
  return real.slice(0, Math.max(1, real.lastIndexOf('/')));
}

function refuseNul(hasNul: boolean, path: PathLike): void {
  if (!hasNul) return;
  throw Object.assign(new TypeError(`The argument 'path' must be without null bytes: ${path}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}
