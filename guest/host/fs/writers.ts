import type { PathLike } from 'node:fs';
import { errnoError } from './errno.ts';
import { pathName } from './image-path.ts';
import type { SyncFs } from './sync.ts';

/** The functions of node:fs that write, by path. */
const BY_PATH = [
  ...['appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'lchmod', 'lchown', 'link', 'lutimes'],
  ...[
    'mkdtemp',
    'mkdtempDisposable',
    'rename',
    'rmdir',
    'symlink',
    'truncate',
    'unlink',
    'utimes',
    'writeFile',
  ],
] as const;

/** Those that write through a descriptor. */
const BY_DESCRIPTOR = ['fchmod', 'fchown', 'ftruncate', 'futimes', 'write', 'writev'] as const;

type WriterName = (typeof BY_PATH)[number] | (typeof BY_DESCRIPTOR)[number] | 'mkdir' | 'rm';

/** The synchronous writers: all fail, as on a disk that is mounted read-only (EROFS). */
export function createWriters({
  existsSync,
  statSync,
}: SyncFs): Record<`${WriterName}Sync`, (...args: never[]) => unknown> {
  const refuse = (name: string) => (path: PathLike | number) => {
    throw errnoError('EROFS', name, typeof path === 'number' ? undefined : pathName(path));
  };
  const writers = Object.fromEntries(
    [...BY_PATH, ...BY_DESCRIPTOR].map((name) => [`${name}Sync`, refuse(name)]),
  );
  return {
    ...writers,
    /** What is there already needs no writing, which is why tools call it without a look. */
    mkdirSync(path: PathLike, options?: { readonly recursive?: boolean } | number | null): void {
      const isThere = existsSync(path);
      const isRecursive = typeof options === 'object' && options?.recursive === true;
      if (isThere && isRecursive && (statSync(path) as { isDirectory(): boolean }).isDirectory()) {
        return;
      }
      throw errnoError(isThere ? 'EEXIST' : 'EROFS', 'mkdir', pathName(path));
    },
    rmSync(path: PathLike, options?: { readonly force?: boolean }): void {
      if (options?.force === true && !existsSync(path)) return;
      throw errnoError('EROFS', 'rm', pathName(path));
    },
  } as Record<`${WriterName}Sync`, (...args: never[]) => unknown>;
}
