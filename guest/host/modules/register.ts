import { realpathSync } from 'node:fs';
import type { FileSystem, MountOptions } from '../../reader/index.ts';
import type { OpenedImage } from '../open-image-file.ts';
import { openAppImage } from './open-app-image.ts';
import { registerImage } from './register-image.ts';

/** An image whose modules can be loaded. */
export interface RegisteredImage {
  /** Where its files seem to stand: the path of the image file, as if it were a folder. */
  readonly at: string;
  readonly fs: FileSystem;
  /** Takes the image away again and closes it; modules that were loaded stay. */
  unregister(): void;
}

/**
 * Opens an image file and lets this thread load modules out of it.
 * @param more does what is wanted besides; gives what takes it back
 */
export function openAndRegister(
  path: string,
  options: MountOptions,
  more: (image: OpenedImage, at: string) => () => void = () => () => {},
): RegisteredImage {
  const image = openAppImage(path, options);
  const at = realpathSync(path);
  const undo = [registerImage(image.fs, at), more(image, at)];
  return {
    at,
    fs: image.fs,
    unregister() {
      for (const back of undo) back();
      image.close();
    },
  };
}
