import { realpathSync, statSync } from 'node:fs';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import { mountAt } from './mount-table.ts';
import { loadKernel, openFuse } from './open-fuse.ts';
import { startServeThread } from './serve-thread.ts';
import { Watcher } from './watcher.ts';

/** Of what was read before, in bytes: Linux keeps contents itself, so this is for the bases of deltas. */
const CACHE_BYTES = 36 * 2 ** 20;

/** How an image is mounted. */
export interface MountImageOptions {
  /** Lets other users look into it. */
  readonly allowOther?: boolean;
  /** To whom all files belong; the user who mounts, if absent. */
  readonly uid?: number;
  readonly gid?: number;
  /** Told, in a line, of what cannot be read, and of what is waited for. */
  say(text: string): void;
}

/** A mounted image, served by a thread of this process. */
export interface MountedImage {
  /** Where, an absolute path without links. */
  readonly directory: string;
  /** Resolves when it was unmounted, by whomever. */
  readonly ended: Promise<void>;
  /**
   * Takes it away. Where somebody uses it, that is said, and it stays for those alone: `ended` waits for them.
   */
  unmount(): Promise<void>;
}

/**
 * Mounts an image on a folder, read-only. However this process ends, the mount is taken away.
 * @param image, directory paths
 * @throws ToolError, DiskError, FormatError (rejects)
 */
export async function mountImage(
  image: string,
  directory: string,
  { allowOther = false, uid, gid, say }: MountImageOptions,
): Promise<MountedImage> {
  const source = resolvePlace(image);
  const place = resolvePlace(directory);
  if (!statSync(place).isDirectory()) {
    throw new ToolError(
      'NO_INPUT',
      `${directory}: not a directory, so nothing can be mounted there`,
    );
  }
  const libc = loadKernel();
  const owner = { uid: uid ?? process.getuid?.() ?? 0, gid: gid ?? process.getgid?.() ?? 0 };
  const input = { image: source, ...owner, cacheBytes: CACHE_BYTES };
  const thread = await startServeThread(input, (text) => say(`${image}: ${text}`));
  const watcher = new Watcher(place);
  let fd: number;
  try {
    fd = await openFuse(libc, { directory: place, source, allowOther });
  } catch (error) {
    watcher.finish();
    thread.stop();
    throw error;
  }
  const device = mountAt(place)?.device;
  if (device !== undefined) watcher.watch(device);
  const ended = thread.serve(fd).then(() => watcher.finish());
  return {
    directory: place,
    ended,
    async unmount() {
      const answer = await watcher.unmount();
      if (answer === 'unmounted') return;
      if (answer === 'gone')
        throw new ToolError('UNAVAILABLE', `cannot unmount ${place}: umount it`);
      say(`${place} is in use: it is detached, and served until its last file is closed`);
      await watcher.detach();
    },
  };
}

/** @throws ToolError NO_INPUT */
function resolvePlace(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const code = codeOfSystemError(error, 'NO_INPUT');
    throw new ToolError(code, `${path}: ${describeSystemError(error)}`, error);
  }
}
