import { Buffer } from 'node:buffer';
import type { Dirent, GlobOptions, Stats } from 'node:fs';
import { join, matchesGlob, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { direntOf } from './directories.ts';
import type { SyncFs } from './sync.ts';

/** What makes a segment of a pattern more than a name. */
const MAGIC = /[*?[\]{}()!+@\\]/;

type Found = string | Dirent;

/**
 * The paths that match a pattern, each once, a folder before what it holds. Patterns are Node's own
 * (`path.matchesGlob`). Links are followed where the pattern begins with their names, and nowhere else.
 */
export function* globFiles(
  { readdirSync, existsSync, statSync }: Pick<SyncFs, 'readdirSync' | 'existsSync' | 'statSync'>,
  patterns: string | readonly string[],
  { cwd = '.', exclude, withFileTypes = false }: GlobOptions = {},
): Generator<Found, void, undefined> {
  const folder = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
  const seen = new Set<string>();

  const isExcluded = (path: string, entry: Dirent): boolean => {
    if (typeof exclude === 'function') return exclude((withFileTypes ? entry : path) as never);
    return exclude?.some((pattern) => matchesGlob(path, pattern)) ?? false;
  };
  const placeOf = (path: string) => (posix.isAbsolute(path) ? path : join(folder, path));
  /** A folder by its own entry; undefined where there is none. */
  const folderAt = (path: string): Dirent | undefined => {
    const place = placeOf(path);
    if (!existsSync(place) || !(statSync(place) as Stats).isDirectory()) return undefined;
    return direntOf(
      { nameBytes: Buffer.from(posix.basename(path)), kind: 'directory' },
      place,
      'utf8',
    );
  };
  const entriesOf = (path: string): Dirent[] => {
    try {
      return readdirSync(path, { withFileTypes: true }) as Dirent[];
    } catch (error) {
      // Not there, or no folder: nothing matches below it.
      if (/^(ENOENT|ENOTDIR|ELOOP)$/.test((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  };

  /** Whether a folder above what is sought, or that itself, is left out. */
  const isHidden = (path: string): boolean => {
    const start = posix.isAbsolute(path) ? '/' : '';
    const names = path.split('/').filter((name) => name !== '');
    return names.some((_, i) => {
      const above = start + names.slice(0, i + 1).join('/');
      const entry = folderAt(above);
      return entry !== undefined && isExcluded(above, entry);
    });
  };

  function* below(
    pattern: string,
    at: string,
    depth: number,
    isFolders: boolean,
  ): Generator<Found, void, undefined> {
    for (const entry of entriesOf(placeOf(at))) {
      const path = at === '' ? entry.name : posix.join(at, entry.name);
      if (isExcluded(path, entry)) continue;
      const isWanted = entry.isDirectory() || !isFolders;
      if (isWanted && !seen.has(path) && matchesGlob(path, pattern)) {
        seen.add(path);
        yield withFileTypes ? entry : path;
      }
      if (entry.isDirectory() && depth > 1) yield* below(pattern, path, depth - 1, isFolders);
    }
  }

  for (const given of typeof patterns === 'string' ? [patterns] : patterns) {
    const pattern = posix.normalize(given).replace(/(?<=.)\/$/, '');
    const names = pattern.split('/');
    const first = names.findIndex((name) => MAGIC.test(name));
    const plain = first < 0 ? names.slice(0, -1) : names.slice(0, first);
    const at = plain.join('/') || (posix.isAbsolute(pattern) ? '/' : '');
    if (isHidden(at)) continue;
    // `a/**` is `a` too.
    if (names[first] === '**' && first === names.length - 1) {
      const own = at === '' ? '.' : at;
      const entry = folderAt(own);
      if (entry !== undefined && !seen.has(own) && !isExcluded(own, entry)) {
        seen.add(own);
        yield withFileTypes ? entry : own;
      }
    }
    const isDeep = pattern.includes('**') || pattern.includes('{');
    const depth = isDeep ? Number.POSITIVE_INFINITY : names.length - plain.length;
    yield* below(pattern, at, depth, given.endsWith('/'));
  }
}
