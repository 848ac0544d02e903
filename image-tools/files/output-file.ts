import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describeSystemError, isSystemError, ToolError } from '../base/errors.ts';
import { type Janitor, watchOver } from './janitor.ts';
import { isMountPoint } from './mount-point.ts';

/** Most bytes of a file's name that stand in its temporary one. */
const MAX_NAME_START = 200;

/**
 * Writes a file as a whole or not at all: `write` fills a temporary file beside `path`, which is
 * synced and renamed over it. Whatever happens in between, SIGKILL included, the old file stays as
 * it was and the temporary one is removed. The new file has the old one's permissions.
 * @throws ToolError CANNOT_CREATE, IO (a full disk), and what `write` throws
 */
export async function replaceFile<Result>(
  path: string,
  write: (fd: number) => Result | Promise<Result>,
): Promise<Result> {
  return replaceFromFolder(path, (file) => writeNewFile(file, write));
}

/**
 * The same for a file that another program writes: `write` makes it as `file`, which has the name
 * that it will bear, and may leave other things in its folder. `janitor` watches over that.
 */
export async function replaceFromFolder<Result>(
  path: string,
  write: (file: string, janitor: Janitor) => Promise<Result>,
): Promise<Result> {
  const target = resolveOutput(path);
  const name = `.${cutName(basename(target))}.${randomBytes(6).toString('hex')}.tmp`;
  const folder = join(dirname(target), name);
  const janitor = watchOver(folder);
  try {
    // Until its permissions are known to be right, nobody else reads the file.
    mkdirSync(folder, { mode: 0o700 });
    const file = join(folder, basename(target));
    const result = await write(file, janitor);
    const old = statSync(target, { throwIfNoEntry: false });
    if (old !== undefined && old.mode !== statSync(file).mode) chmodSync(file, old.mode & 0o777);
    sync(file);
    renameSync(file, target);
    sync(dirname(target));
    return result;
  } catch (error) {
    throw describeOutputError(path, error);
  } finally {
    await janitor.finish();
  }
}

/** The start of a name: in most file systems 255 bytes are the longest, and more is put behind it. */
function cutName(name: string): string {
  let cut = '';
  for (const character of name) {
    if (Buffer.byteLength(cut + character) > MAX_NAME_START) break;
    cut += character;
  }
  return cut;
}

/** Makes a file that is not there yet, and has `write` fill it. */
export async function writeNewFile<Result>(
  path: string,
  write: (fd: number) => Result | Promise<Result>,
): Promise<Result> {
  const fd = openSync(path, 'wx+');
  try {
    return await write(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Checks that `path` can become an image, and gives the path of the file itself where it is a link,
 * also of one that is not there yet.
 * @throws ToolError CANNOT_CREATE
 */
export function resolveOutput(path: string): string {
  try {
    const target = realPath(path);
    if (statSync(target).isFile()) {
      if (isMountPoint(target)) throw mountedFile(path);
      return target;
    }
  } catch (error) {
    if (error instanceof ToolError) throw error;
    if (!isSystemError(error, 'ENOENT')) throw describeOutputError(path, error);
    try {
      if (isLink(path)) return resolveOutput(resolve(dirname(path), readLink(path)));
      if (basename(path) !== '' && !path.endsWith('/') && statSync(dirname(path)).isDirectory()) {
        return join(realPath(dirname(path)), basename(path));
      }
    } catch (cause) {
      throw describeOutputError(path, cause);
    }
  }
  throw new ToolError('CANNOT_CREATE', `${path}: cannot create: not a regular file`);
}

function realPath(path: string): string {
  return decodePath(path, realpathSync.native(path, { encoding: 'buffer' }));
}

function readLink(path: string): string {
  return decodePath(path, readlinkSync(path, { encoding: 'buffer' }));
}

/** Decoded as anything else, it would be the path of another file. */
function decodePath(path: string, target: Buffer): string {
  if (isUtf8(target)) return target.toString();
  throw new ToolError('CANNOT_CREATE', `${path}: leads to a path that is not UTF-8: give another`);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

const CREATE_ERRORS = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'];

/** What a container was given by itself can be written, but nothing takes its place as a whole. */
function mountedFile(path: string, cause?: unknown): ToolError {
  const words = `${path}: cannot be replaced: this file is a mount point; mount its folder instead`;
  return new ToolError('CANNOT_CREATE', words, cause);
}

function describeOutputError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  if (isSystemError(error, 'EBUSY') && error.syscall === 'rename') return mountedFile(path, error);
  const create = isSystemError(error, ...CREATE_ERRORS, 'ENAMETOOLONG');
  const [code, verb] = create ? (['CANNOT_CREATE', 'create'] as const) : (['IO', 'write'] as const);
  return new ToolError(code, `${path}: cannot ${verb}: ${describeSystemError(error)}`, error);
}

function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some file systems cannot sync a folder.
    if (!isSystemError(error, 'EINVAL', 'ENOTSUP')) throw error;
  } finally {
    closeSync(fd);
  }
}
