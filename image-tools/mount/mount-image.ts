import { closeSync, openSync, realpathSync, statSync, writeSync } from 'node:fs';
import type { MountOptions } from '#reader';
import { openImageFile } from '../../guest/host/index.ts';
import type { Libc } from '../../tender/native/libc.ts';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import { mountAt } from './mount-table.ts';
import { openFuse } from './open-fuse.ts';
import { startWatcher } from './watcher.ts';

/** An image that is mounted, and that nobody serves yet: whoever looks into it waits. */
export interface MountedImage {
  /** The image, as messages call it. */
  readonly image: string;
  /** An absolute path without links. */
  readonly directory: string;
  /** Descriptors of the image, of the mounted /dev/fuse, and of the watcher. */
  readonly fds: { readonly image: number; readonly fuse: number; readonly watcher: number };
}

/** An image that is open, and sound as far as opening it tells. */
export interface ImageToMount {
  /** What messages and `df` call it. */
  readonly name: string;
  /** Of its file, or of what fetches it. */
  readonly fd: number;
}

/** Opens an image that is a file. @throws ToolError, DiskError, FormatError */
export function openFileToMount(path: string, options: MountOptions): ImageToMount {
  const name = resolvePlace(path);
  // What is wrong with the image is better said before there is a mount, and by the name that it was given.
  openImageFile(path, options).close();
  return { name, fd: openSync(name, 'r') };
}

/**
 * Mounts an image on a folder, read-only. However this process ends, the mount is taken away.
 * @param openImage called once it is known that there is such a folder
 * @param directory a path
 * @throws ToolError (rejects), and what `openImage` throws
 */
export async function mountImage(
  libc: Libc,
  openImage: () => ImageToMount | Promise<ImageToMount>,
  directory: string,
  { allowOther = false }: { readonly allowOther?: boolean },
): Promise<MountedImage> {
  // It would mean this folder, and is rather a variable that is not set.
  if (directory === '') throw new ToolError('USAGE', 'the path of the folder is empty');
  const place = resolvePlace(directory);
  if (!statSync(place).isDirectory()) {
    throw new ToolError(
      'NO_INPUT',
      `${directory}: not a directory, so nothing can be mounted there`,
    );
  }
  const { name: source, fd: imageFd } = await openImage();
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
