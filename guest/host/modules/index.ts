import type { MountOptions } from '../../reader/index.ts';
import { openAndRegister, type RegisteredImage } from './register.ts';
import { runRequested } from './run-requested.ts';

export type { RegisteredImage } from './register.ts';

/**
 * Lets `import` and `require` of this thread load modules out of an image file, which seems to be a folder:
 *
 * ```ts
 * import { register } from 'docteur/register';
 *
 * const { at } = register('app.img');
 * const app = await import(`${at}/main.js`);
 * ```
 *
 * On the command line, `node --import docteur/register=app.img app.img` runs the image's program: `main` of
 * its package.json, or index.js. Modules in the image find each other by Node's rules, and nothing outside but
 * Node's own modules. Native addons are refused. node:fs does not know of the image: for that there is
 * `docteur/register-fs`.
 * @throws DiskError, FormatError and OptionError as `openImageFile`
 */
export function register(path: string, options: MountOptions = {}): RegisteredImage {
  return openAndRegister(path, options);
}

runRequested('register', (path) => register(path));
