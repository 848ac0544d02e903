import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** The user's cache folder, by the XDG Base Directory Specification; undefined if none is named. */
export function userCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = environment;
  // The specification says to ignore relative paths.
  if (isAbsolute(cache)) return cache;
  return isAbsolute(home) ? join(home, '.cache') : undefined;
}

/** The nearest folder on the way to `path` that exists, and those that are missing, the outer ones first. */
function findMissing(path: string): { nearest: string; missing: string[] } {
  const missing: string[] = [];
  let nearest = path;
  while (lstatSync(nearest, { throwIfNoEntry: false }) === undefined) {
    missing.unshift(nearest);
    nearest = dirname(nearest);
  }
  return { nearest, missing };
}

/** Whether only this user and root can replace a folder. */
function isOutOfReach(path: string, uid: number): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    const { uid: owner, mode } = lstatSync(folder);
    if (owner !== uid && owner !== 0) return false;
    // With the sticky bit, only its owner can replace what lies in it.
    if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** @returns undefined where somebody else owns it, or may read or write it */
function openOwnFolder(path: string, uid: number): number | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const { uid: owner, mode } = fstatSync(fd);
  if (owner === uid && (mode & OTHERS) === 0) return fd;
  closeSync(fd);
  return undefined;
}

/**
 * Opens a folder that nobody but this user can read, change or replace, and makes it where it is missing.
 * @returns a descriptor, which is the caller's; undefined where there is no such folder
 */
export function openPrivateFolder(path: string): number | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  try {
    // Checked first: nothing is created in a folder of somebody else.
    const { nearest, missing } = findMissing(path);
    if (!isOutOfReach(realpathSync(nearest), uid)) return undefined;
    // One by one: Node's recursive mkdir never ends in /proc.
    for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
    return openOwnFolder(path, uid);
  } catch {
    return undefined;
  }
}
