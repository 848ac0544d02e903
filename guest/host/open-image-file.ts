import type { ByteSource } from '#format';
import { createHostInflater } from '#format/host';
import {
  checkMountOptions,
  type FileSystem,
  ImageFileSystem,
  type MountOptions,
  mount,
  OptionError,
} from '../reader/index.ts';
import { type FileDisk, openFileDisk } from './file-disk.ts';
import { guardNodes, nameFile } from './guarded-nodes.ts';
import { newNodeBytes } from './node-bytes.ts';
import { newNodeSha1 } from './node-sha1.ts';

/** The file system of an image file. */
export interface OpenedImage {
  readonly fs: FileSystem;
  /** The image itself; undefined where what is read is checked, which this would be not. */
  readonly bytes: ByteSource | undefined;
  /** Closes the file: all that `fs` is asked then is a DiskError CLOSED. To close it again does nothing. */
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
 * @throws DiskError if the file cannot be read, FormatError if it holds no image, OptionError for options that
 * make no sense; all name what is wrong and carry a `code`
 */
export function openImageFile(path: string, options: MountOptions = {}): OpenedImage {
  if (typeof path !== 'string') throw new OptionError(`a path is text, and this is ${typeof path}`);
  checkMountOptions(options);
  return openImageBytes(openFileDisk(path), path, options);
}

/**
 * The same of bytes that are open already.
 * @param disk the image's to close from then on, also where this throws
 * @param name what messages call it
 */
export function openImageBytes(
  disk: FileDisk,
  name: string,
  options: MountOptions = {},
): OpenedImage {
  let isOpen = true;
  const close = () => {
    isOpen = false;
    disk.close();
  };
  try {
    const { nodes } = mount(disk, {
      inflater: createHostInflater(),
      newHash: newNodeSha1,
      newBytes: newNodeBytes,
      ...options,
    });
    const fs = new ImageFileSystem(guardNodes(nodes, name, () => isOpen));
    const isChecked = options.check === true || options.commit !== undefined;
    const bytes = isChecked ? undefined : disk;
    return { fs, bytes, close, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw nameFile(name, error);
  }
}
