import { closeSync, openSync, readSync, type Stats } from 'node:fs';
import type { MountOptions } from '../../reader/index.ts';
import { createFs } from '../fs/create-fs.ts';
import { isMainThread } from '../main-thread.ts';
import { openAppImage } from '../modules/open-app-image.ts';
import { registerImage } from '../modules/register-image.ts';
import { imageProvider } from './image-provider.ts';
import { requireNodeVfs } from './node-vfs.ts';

/** Where the PACK begins in an image, behind commit and offset, and what it begins with. */
const PACK_AT = 28;
const PACK_MAGIC = 'PACK';

/** An image that Node's own fs and loaders see. */
export interface MountedImage {
  /** The folder at which its files are: `/dev/null/vfs/0` or the like, which Node chooses. */
  readonly mountPoint: string;
  /** Takes it away again, and closes the image. */
  unmount(): void;
}

/**
 * Mounts an image file in this thread's own Node: `fs`, `import` and `require` see its files. Needs Node 26 with
 * `--experimental-vfs`:
 *
 * ```ts
 * import { readdirSync } from 'node:fs';
 * import { mountImage } from 'docteur/vfs';
 *
 * const { mountPoint } = mountImage('app.img');
 * console.log(readdirSync(mountPoint));
 * const app = await import(`${mountPoint}/main.js`);
 * ```
 *
 * On the command line, `node --experimental-vfs --import docteur/vfs --vfs-load=app.img` runs the image's program,
 * and `--vfs-mount=app.img` mounts it.
 * @throws Error where this Node has no virtual file systems, or they are off; else as `openImageFile`
 */
export function mountImage(path: string, options: MountOptions = {}): MountedImage {
  const vfs = requireNodeVfs();
  const image = openAppImage(path, options);
  const mounted = vfs.create(imageProvider(vfs, createFs(image)), {
    emitExperimentalWarning: false,
  });
  const mountPoint = mounted.mount();
  // Node would ask the file system for each place where a module may be: this takes twice as long.
  const unregister = registerImage(image.fs, mountPoint, true);
  return {
    mountPoint,
    unmount() {
      unregister();
      mounted.unmount();
      image.close();
    },
  };
}

/** Whether a file begins as images do. */
function isImage(path: string, stats: Stats): boolean {
  if (!stats.isFile()) return false;
  const fd = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(PACK_MAGIC.length);
    readSync(fd, magic, 0, magic.length, PACK_AT);
    return magic.toString('latin1') === PACK_MAGIC;
  } finally {
    closeSync(fd);
  }
}

try {
  const vfs = requireNodeVfs();
  vfs.registerProvider({
    name: 'docteur',
    canHandle: (path, stats) => isImage(path, stats as Stats),
    create: (path) => imageProvider(vfs, createFs(openAppImage(path))),
  });
} catch (error) {
  // Of use as a preload only where it can work; whoever imports it is told when they mount.
  const isPreload = process.execArgv.some((word) => word.endsWith('docteur/vfs'));
  if (isPreload && isMainThread()) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
