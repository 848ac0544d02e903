import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  codeOfSystemError,
  describeSystemError,
  isSystemError,
  ToolError,
} from '../base/errors.ts';
import { readHead } from '../files/file-source.ts';
import { isArchive } from './archive/archive.ts';

/** What a SOURCE argument names. */
export type SourceLocation =
  | { readonly kind: 'folder'; readonly path: string }
  /** A repository, by an address that git's client understands. */
  | { readonly kind: 'repository'; readonly address: string }
  /** A tar or a zip; without a path a tar on stdin. */
  | { readonly kind: 'archive'; readonly path: string | undefined };

const REMOTE = /^(?:https?|ssh|git):\/\//;
/** `user@host:path` or `host:path`, as scp and git have it: no `/` before the first colon. */
const SCP_LIKE = /^[^/:@\s]+(?:@[^/:@\s]+)?:(?!\/\/).+$/;
/** An address of which a slash was lost, not a host of that name: what follows may be a password. */
const ONE_SLASH = /^((?:https?|file|relativize):)(?!\/\/)/i;

/**
 * Tells what `source` names: a remote repository by its form, a local repository or a folder by
 * what stands there, an archive by its first bytes. `relativize://` always means a folder, `-` stdin.
 * @throws ToolError NO_INPUT, USAGE
 */
export function resolveSource(source: string): SourceLocation {
  if (source === '-') return { kind: 'archive', path: undefined };
  if (REMOTE.test(source)) return { kind: 'repository', address: source };
  const relativize = /^relativize:\/\/(.*)$/s.exec(source)?.[1];
  if (relativize !== undefined) return { kind: 'folder', path: checkFolder(relativize) };
  const path = source.startsWith('file://') ? parseFileUrl(source) : source;
  if (!existsSync(path) && path === source) {
    const halved = ONE_SLASH.exec(source)?.[1];
    if (halved !== undefined) {
      throw new ToolError('USAGE', `an address begins with ${halved}//, not with ${halved}`);
    }
    if (SCP_LIKE.test(source)) return { kind: 'repository', address: source };
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1];
    if (scheme !== undefined) {
      // The address itself is not shown: it may hold a password.
      throw new ToolError('USAGE', `unknown kind of source: ${scheme}://`);
    }
  }
  if (isFile(path)) {
    if (isArchive(path)) return { kind: 'archive', path };
    if (isBundle(path)) return { kind: 'repository', address: resolve(path) };
    throw new ToolError('NO_INPUT', `${path}: neither a folder nor a tar or zip, nor a Git bundle`);
  }
  const folder = checkFolder(path);
  if (isRepository(folder)) return { kind: 'repository', address: resolve(folder) };
  return { kind: 'folder', path: folder };
}

/** False for a path that leads nowhere: {@link checkFolder} says why. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Git reads a bundle as it reads a repository. */
function isBundle(path: string): boolean {
  return /^# v[23] git bundle\n/.test(readHead(path, 16).toString('latin1'));
}

/** `file://` with an absolute path, percent-encoded or (as the original takes it) as it stands. */
function parseFileUrl(source: string): string {
  const rest = source.slice('file://'.length);
  // `file://` alone would mean the root: probably a script whose variable is empty.
  if (rest === '') throw new ToolError('USAGE', 'file:// without a path');
  if (rest.startsWith('/') && existsSync(rest)) return rest;
  try {
    return fileURLToPath(source);
  } catch (error) {
    throw new ToolError('USAGE', `${source}: not an absolute file:// address`, error);
  }
}

function checkFolder(path: string): string {
  if (path === '') throw new ToolError('USAGE', 'the path is empty');
  try {
    // Without the slashes at its end, which would double in the paths below it.
    if (statSync(path).isDirectory()) return path.replace(/(.)\/+$/s, '$1');
  } catch (error) {
    const words = isSystemError(error, 'ENOENT')
      ? 'no such file or directory'
      : describeSystemError(error);
    throw new ToolError(codeOfSystemError(error, 'NO_INPUT'), `${path}: ${words}`, error);
  }
  throw new ToolError('NO_INPUT', `${path}: not a folder`);
}

/** A worktree has `.git`, a folder or a file; a bare repository is what git itself looks for. */
function isRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)));
}
