import { closeSync, openSync } from 'node:fs';
import { Arena } from '../../tender/native/arena.ts';
import type { Libc } from '../../tender/native/libc.ts';
import { FILE_SYSTEM } from './mount-table.ts';

const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const FLAGS = MS_RDONLY | MS_NOSUID | MS_NODEV;

/** What to mount, and where. */
export interface MountPlace {
  /** An absolute path. */
  readonly directory: string;
  /** The image's path, which `df` shows. */
  readonly source: string;
  /** Whether other users may look into it. */
  readonly allowOther: boolean;
}

/**
 * Mounts by mount(2), which takes root, of the system or of a user namespace.
 * @returns the open /dev/fuse, or the number of the error that refused it
 * @throws where /dev/fuse cannot be opened
 */
export function mountByCall(libc: Libc, place: MountPlace): { fd: number } | { errno: number } {
  const fd = openSync('/dev/fuse', 'r+');
  const arena = new Arena(libc);
  const options = [
    `fd=${fd}`,
    'rootmode=40000',
    `user_id=${process.getuid?.() ?? 0}`,
    `group_id=${process.getgid?.() ?? 0}`,
    'default_permissions',
    ...(place.allowOther ? ['allow_other'] : []),
  ];
  const [source, directory] = [arena.text(place.source), arena.text(place.directory)];
  const texts = [arena.text(FILE_SYSTEM), arena.text(options.join(','))] as const;
  const result = libc.raw('mount', source, directory, texts[0], FLAGS, texts[1]);
  arena.release();
  if (result === 0) return { fd };
  closeSync(fd);
  return { errno: -result };
}
