import type { MountOptions } from '../../../reader/index.ts';
import { createFsAndFiles } from '../../fs/create-fs.ts';
import { openAndRegister, type RegisteredImage } from '../register.ts';
import { runRequested } from '../run-requested.ts';
import { redirectFs } from './redirect-fs.ts';

export type { RegisteredImage } from '../register.ts';

/**
 * As `register` of `docteur/register`, and node:fs of this thread finds the image's files too:
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { register } from 'docteur/register-fs';
 *
 * const { at } = register('app.img');
 * console.log(readFileSync(`${at}/package.json`, 'utf8'));
 * ```
 *
 * Modules that took functions of node:fs before keep those. Nothing else of the process sees the files: no
 * child process, and no thread that does not register them itself.
 * @throws DiskError, FormatError and OptionError as `openImageFile`
 */
export function register(path: string, options: MountOptions = {}): RegisteredImage {
  return openAndRegister(path, options, (image, at) => {
    return redirectFs(createFsAndFiles(image, { at }), at);
  });
}

runRequested('register-fs', (path) => register(path));
