import { Buffer } from 'node:buffer';
import { constants, type PathLike } from 'node:fs';
import type { FileSystem, Path, TreeNode } from '../../reader/index.ts';
import { findDirectory, listDirectory, listDirents } from './directories.ts';
import { DirectoryHandle } from './directory-handle.ts';
import { encodeBytes, encodeName, encodingOf } from './encoding.ts';
import { argumentError, argumentValue, asErrno, errnoError, rangeError } from './errno.ts';
import { type ImagePaths, pathName } from './image-path.ts';
import type { OpenFile, OpenFiles } from './open-files.ts';
import { bytesOf, positionOf, readArguments } from './read-arguments.ts';
import { newDevice, statImage, statNode } from './stats.ts';

type Options = Readonly<Record<string, unknown>> | string | null | undefined;

const WRITES =
  constants.O_WRONLY |
  constants.O_RDWR |
  constants.O_CREAT |
  constants.O_TRUNC |
  constants.O_APPEND;
const READ_FLAGS = new Set(['r', 'rs', 'sr']);
const WRITE_FLAGS = /^((r|rs|sr)\+|(w|a|wx|xw|ax|xa|as|sa)\+?)$/;

/** The synchronous functions of node:fs that read. All throw errors as node:fs does. */
export function createSync(fs: FileSystem, paths: ImagePaths, files: OpenFiles) {
  const { nodes } = fs;
  const device = newDevice();

  /** Does what a path is needed for; what fails is said as `syscall` would say it. */
  function at<T>(path: PathLike, syscall: string, call: (inside: Path) => T): T {
    try {
      return call(paths.locate(path));
    } catch (error) {
      throw asErrno(error, syscall, pathName(path));
    }
  }

  function open(path: PathLike, flags: string | number | null | undefined): number {
    const bits = typeof flags === 'number' ? flags : 0;
    const isFlag = typeof flags === 'string' && (READ_FLAGS.has(flags) || WRITE_FLAGS.test(flags));
    if (typeof flags !== 'number' && !isFlag) throw argumentValue('flags', flags);
    if (typeof flags === 'string' ? !READ_FLAGS.has(flags) : (bits & WRITES) !== 0) {
      throw errnoError('EROFS', 'open', pathName(path));
    }
    return at(path, 'open', (inside) => {
      const node = nodes.find(inside, (bits & constants.O_NOFOLLOW) === 0);
      const kind = nodes.kind(node);
      const shown = pathName(path);
      if (kind === 'link') throw errnoError('ELOOP', 'open', shown);
      const isDirectory = kind === 'directory' || kind === 'submodule';
      if (!isDirectory && (bits & constants.O_DIRECTORY) !== 0) {
        throw errnoError('ENOTDIR', 'open', shown);
      }
      return files.add({ node, path: shown, isDirectory, size: nodes.size(node), position: 0 });
    });
  }

  function read(file: OpenFile, buffer: Uint8Array, position: number | null): number {
    if (file.isDirectory) throw errnoError('EISDIR', 'read');
    const from = position ?? file.position;
    let bytes: Uint8Array;
    try {
      bytes = nodes.view(file.node, from, buffer.length);
    } catch (error) {
      throw asErrno(error, 'read', file.path);
    }
    buffer.set(bytes);
    if (position === null) file.position = from + bytes.length;
    return bytes.length;
  }

  function content(node: TreeNode, encoding: string | undefined): string | Buffer {
    if (encoding !== undefined && encoding !== 'buffer') {
      return encodeBytes(nodes.view(node), encoding);
    }
    const bytes = nodes.read(node);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  function stat(path: PathLike, options: Options, syscall: 'stat' | 'lstat') {
    const { bigint, throwIfNoEntry = true } = objectOf(options);
    try {
      return at(path, syscall, (inside) => {
        return statNode(nodes, nodes.find(inside, syscall === 'stat'), device, bigint === true);
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (throwIfNoEntry === false && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  function accessSync(path: PathLike, given?: number | null): void {
    const mode = given ?? constants.F_OK;
    if (typeof mode !== 'number') throw argumentError('mode', 'int32 or null/undefined', mode);
    if (!Number.isInteger(mode) || mode < 0 || mode > 7)
      throw rangeError('mode', '>= 0 && <= 7', mode);
    at(path, 'access', (inside) => {
      const kind = nodes.kind(nodes.find(inside));
      if ((mode & constants.W_OK) !== 0) throw errnoError('EROFS', 'access', pathName(path));
      if ((mode & constants.X_OK) !== 0 && kind === 'file') {
        throw errnoError('EACCES', 'access', pathName(path));
      }
    });
  }

  function realpathSync(path: PathLike, options?: Options): string | Buffer {
    const encoding = encodingOf(options);
    return at(path, 'realpath', (inside) => {
      const bytes = typeof inside === 'string' ? Buffer.from(inside) : inside;
      return encodeName(paths.show(fs.realPath(bytes)), encoding);
    });
  }

  return {
    accessSync,

    existsSync(path: PathLike): boolean {
      try {
        accessSync(path);
        return true;
      } catch {
        return false;
      }
    },

    statSync: (path: PathLike, options?: Options) => stat(path, options, 'stat'),
    lstatSync: (path: PathLike, options?: Options) => stat(path, options, 'lstat'),
    fstatSync(fd: number, options?: Options) {
      const { node } = files.get(fd, 'fstat');
      return statNode(nodes, node, device, objectOf(options).bigint === true);
    },
    statfsSync: (path: PathLike, options?: Options) =>
      at(path, 'statfs', (inside) => {
        nodes.find(inside);
        return statImage(objectOf(options).bigint === true);
      }),

    openSync: (path: PathLike, flags?: string | number | null) => open(path, flags ?? 'r'),
    closeSync: (fd: number) => files.close(descriptor(fd)),

    readSync(fd: number, buffer: NodeJS.ArrayBufferView, ...rest: never[]): number {
      const { buffer: into, position } = readArguments(buffer, ...rest);
      return read(files.get(descriptor(fd), 'read'), into, position);
    },

    readvSync(fd: number, buffers: readonly NodeJS.ArrayBufferView[], position?: number | null) {
      const file = files.get(descriptor(fd), 'read');
      let from = positionOf(position);
      let total = 0;
      for (const buffer of buffers) {
        const into = bytesOf(buffer);
        const count = read(file, into, from);
        total += count;
        if (from !== null) from += count;
        if (count < into.length) break;
      }
      return total;
    },

    readFileSync(path: PathLike | number, options?: Options): string | Buffer {
      const encoding = encodingOf(options);
      const { flag } = objectOf(options);
      if (typeof path !== 'number') {
        if (flag !== undefined && flag !== null && flag !== 'r') {
          files.close(open(path, flag as string | number));
        }
        return at(path, 'open', (inside) => {
          const node = nodes.find(inside);
          const kind = nodes.kind(node);
          if (kind === 'file' || kind === 'executable') return content(node, encoding);
          throw errnoError('EISDIR', 'read');
        });
      }
      const file = files.get(path, 'fstat');
      if (file.isDirectory) throw errnoError('EISDIR', 'read');
      if (file.position === 0) {
        file.position = file.size;
        return content(file.node, encoding);
      }
      const rest = Buffer.alloc(Math.max(0, file.size - file.position));
      read(file, rest, null);
      return encodeBytes(rest, encoding);
    },

    readdirSync(path: PathLike, options?: Options) {
      const { withFileTypes, recursive } = objectOf(options);
      const encoding = encodingOf(options);
      return at(path, 'scandir', (inside) => {
        const shown = pathName(path);
        return listDirectory(nodes, findDirectory(fs, inside, 'scandir', shown), shown, {
          encoding,
          withFileTypes: withFileTypes === true,
          recursive: recursive === true,
        });
      });
    },

    opendirSync(path: PathLike, options?: Options): DirectoryHandle {
      const encoding = encodingOf(options);
      return at(path, 'opendir', (inside) => {
        const shown = pathName(path);
        const node = findDirectory(fs, inside, 'opendir', shown);
        const recursive = objectOf(options).recursive === true;
        return new DirectoryHandle(shown, listDirents(nodes, node, shown, { encoding, recursive }));
      });
    },

    readlinkSync(path: PathLike, options?: Options): string | Buffer {
      const encoding = encodingOf(options);
      return at(path, 'readlink', (inside) => encodeName(fs.readLink(inside), encoding));
    },

    realpathSync: Object.assign(realpathSync, { native: realpathSync }),

    // There is nothing that could still have to reach a disk.
    fsyncSync: (fd: number) => void files.get(descriptor(fd), 'fsync'),
    fdatasyncSync: (fd: number) => void files.get(descriptor(fd), 'fdatasync'),
  };
}

export type SyncFs = ReturnType<typeof createSync>;

function objectOf(options: Options): Readonly<Record<string, unknown>> {
  return typeof options === 'object' && options !== null ? options : {};
}

function descriptor(fd: unknown): number {
  if (typeof fd !== 'number') throw argumentError('fd', 'of type number', fd);
  return fd;
}
