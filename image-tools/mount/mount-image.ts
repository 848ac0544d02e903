import { closeSync, openSync, realpathSync, statSync, writeSync } from 'node:fs';
import { openImageFile } from '../../guest/host/index.ts';
import type { Libc } from '../../tender/native/libc.ts';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import { mountAt } from './mount-table.ts';
import { openFuse } from './open-fuse.ts';
import { startWatcher } from './watcher.ts';

/** An image that is mounted, and that nobody serves yet: whoever looks into it waits. */
export interface MountedImage {
  /** Paths, absolute and without links. */
  readonly image: string;
  readonly directory: string;
  /** Descriptors of the image, of the mounted /dev/fuse, and of the watcher. */
  readonly fds: { readonly image: number; readonly fuse: number; readonly watcher: number };
}

/**
 * Mounts an image on a folder, read-only. However this process ends, the mount is taken away.
 * @param image, directory paths
 * @throws ToolError, DiskError, FormatError (rejects)
 */
export async function mountImage(
  libc: Libc,
  image: string,
  directory: string,
  { allowOther = false }: { readonly allowOther?: boolean },
): Promise<MountedImage> {
  const source = resolvePlace(image);
  const place = resolvePlace(directory);
  if (!statSync(place).isDirectory()) {
    throw new ToolError(
      'NO_INPUT',
      `${directory}: not a directory, so nothing can be mounted there`,
    );
  }
  // What is wrong with the image is better said before there is a mount.
  openImageFile(source).close();
  const imageFd = openSync(source, 'r');
  const watcher = await startWatcher(libc, place);
  try {
    const fuse = await openFuse(libc, { directory: place, source, allowOther });
    const device = mountAt(place)?.device;
    if (device !== undefined) writeSync(watcher, `device ${device}\n`);
    return { image: source, directory: place, fds: { image: imageFd, fuse, watcher } };
  } catch (error) {
    writeSync(watcher, 'done\n');
    for (const fd of [watcher, imageFd]) closeSync(fd);
    throw error;
  }
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
