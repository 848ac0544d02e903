import { isUtf8 } from 'node:buffer';
import { type BigIntStats, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { ToolError } from '../base/errors.ts';
import { FolderHandle } from './folder-handle.ts';
import { isMountPoint } from './mount-point.ts';

/** Where a file will be: a name in an open folder. */
export interface OutputPlace {
  readonly folder: FolderHandle;
  readonly name: Buffer;
  /** What stands there now: a regular file, or nothing. */
  readonly old: BigIntStats | undefined;
}

/** Links followed in one path; the kernel follows as many. */
const MAX_LINKS = 40;
const STICKY = 0o1000n;
const WORLD_WRITABLE = 0o002n;

/**
 * Finds the place that `path` names, links followed one by one, and opens its folder: close it when done.
 * As Linux does (fs.protected_symlinks), a link in a world-writable sticky folder is refused unless it belongs
 * to us or to the owner of the folder.
 * @throws ToolError CANNOT_CREATE if no file can have that path; the system's errors
 */
export function openOutputPlace(path: string): OutputPlace {
  let folder = openStart(path);
  const steps = stepsOf(path);
  try {
    for (let links = 0; ; ) {
      const step = steps.shift();
      if (step === undefined) throw notRegular(path);
      if (step === '' || step === '.') continue;
      const last = steps.length === 0;
      const name = Buffer.from(step);
      if (step === '..') {
        folder = replaced(folder, folder.parent(Buffer.from(dirname(folder.path.toString()))));
        continue;
      }
      const stats = folder.stat(name);
      if (stats?.isSymbolicLink()) {
        if (++links > MAX_LINKS) throw cannotCreate(path, 'too many links');
        checkOwner(path, folder, stats);
        const target = decodeTarget(path, folder.readLink(name));
        if (target.startsWith('/')) folder = replaced(folder, openStart(target));
        steps.unshift(...stepsOf(target));
      } else if (!last) {
        folder = replaced(folder, folder.folder(name));
      } else {
        if (stats !== undefined && !stats.isFile()) throw notRegular(path);
        decodeTarget(path, folder.path);
        if (stats !== undefined && isMountPoint(folder.pathOf(name).toString())) {
          throw mountedFile(path);
        }
        return { folder, name, old: stats };
      }
    }
  } catch (error) {
    folder.close();
    throw error;
  }
}

function replaced(old: FolderHandle, next: FolderHandle): FolderHandle {
  old.close();
  return next;
}

/** The folder that a path starts from. */
function openStart(path: string): FolderHandle {
  if (path.startsWith('/')) return FolderHandle.open(Buffer.from('/'));
  const here = Buffer.from('.');
  return FolderHandle.open(here, realpathSync.native(here, { encoding: 'buffer' }));
}

/** The names of a path; a path that ends in a slash ends in an empty one. */
function stepsOf(path: string): string[] {
  return path.split('/');
}

function checkOwner(path: string, folder: FolderHandle, link: BigIntStats): void {
  const above = folder.statSelf();
  const shared = (above.mode & STICKY) !== 0n && (above.mode & WORLD_WRITABLE) !== 0n;
  const ours = link.uid === BigInt(process.geteuid?.() ?? 0);
  if (!shared || ours || link.uid === above.uid) return;
  const words = `not followed: a link of user ${link.uid} in ${folder.path}, a folder that everybody may write`;
  throw cannotCreate(path, words);
}

/** Decoded as anything else, it would be the path of another file. */
function decodeTarget(path: string, target: Buffer): string {
  if (isUtf8(target)) return target.toString();
  throw new ToolError('CANNOT_CREATE', `${path}: leads to a path that is not UTF-8: give another`);
}

function notRegular(path: string): ToolError {
  return cannotCreate(path, 'not a regular file');
}

function cannotCreate(path: string, words: string): ToolError {
  return new ToolError('CANNOT_CREATE', `${path}: cannot create: ${words}`);
}

/** What a container was given by itself can be written, but nothing takes its place as a whole. */
export function mountedFile(path: string, cause?: unknown): ToolError {
  const words = `${path}: cannot be replaced: this file is a mount point; mount its folder instead`;
  return new ToolError('CANNOT_CREATE', words, cause);
}
