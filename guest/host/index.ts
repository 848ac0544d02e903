import { createHostInflater } from '#format/host';
import { type FileSystem, type MountOptions, mount } from '../reader/index.ts';
import { openFileDisk } from './file-disk.ts';
import { newNodeSha1 } from './node-sha1.ts';

export { FormatError, type FormatErrorCode, oidToHex, parseOid } from '#format';
export {
  type Entry,
  type FileHandle,
  type FileSystem,
  FsError,
  type FsErrorCode,
  type Kind,
  type ListedNode,
  type MountOptions,
  type NodeTree,
  type Path,
  READERS,
  type Reader,
  type TreeNode,
} from '../reader/index.ts';
export { DiskError } from './file-disk.ts';

/** The file system of an image file. */
export interface OpenedImage {
  readonly fs: FileSystem;
  /** Closes the file; `fs` is of no use then. To close it again does nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Opens an image file for a Node program:
 *
 * ```ts
 * import { openImageFile } from 'docteur/unix';
 *
 * const image = openImageFile('disk.img', { reader: 'eager' });
 * for (const { name, kind } of image.fs.list('/')) console.log(kind, name);
 * process.stdout.write(image.fs.get('README.md'));
 * image.close();
 * ```
 *
 * @throws DiskError if the file cannot be read, FormatError if it holds no image
 */
export function openImageFile(path: string, options: MountOptions = {}): OpenedImage {
  const disk = openFileDisk(path);
  try {
    const fs = mount(disk, {
      inflater: createHostInflater(),
      newHash: newNodeSha1,
      ...options,
    });
    return { fs, close: disk.close, [Symbol.dispose]: disk.close };
  } catch (error) {
    disk.close();
    throw error;
  }
}
