import type { PathLike } from 'node:fs';
import type { ImageFs } from '../fs/create-fs.ts';
import { errnoError } from '../fs/errno.ts';
import type { NodeVfs } from './node-vfs.ts';
import { rememberPackages } from './remembered-packages.ts';

type Call = (...args: never[]) => unknown;

/** What fs/promises expects a handle to have, whether it can be of use or not. */
const WRITERS = [
  ...['write', 'writev', 'writeFile', 'appendFile', 'truncate', 'chmod', 'chown', 'utimes'],
] as const;

/** The calls of a provider that are those of node:fs. */
const BY_PATH = ['stat', 'lstat', 'readdir', 'readlink', 'realpath', 'readFile', 'access'] as const;

/** An image as a provider of Node's virtual file systems. @param fs answers for paths from the image's root */
export function imageProvider(vfs: NodeVfs, fs: ImageFs): object {
  class ImageProvider extends vfs.VirtualProvider {
    get readonly() {
      return true;
    }

    get supportsSymlinks() {
      return true;
    }

    get supportsWatch() {
      return false;
    }

    existsSync(path: PathLike): boolean {
      return fs.existsSync(path);
    }

    openSync(path: PathLike, flags: string | number): object {
      return handleOf(fs, fs.openSync(path, flags));
    }

    async open(path: PathLike, flags: string | number): Promise<object> {
      return this.openSync(path, flags);
    }
  }
  const calls = { ...fs, ...rememberPackages(fs) };
  for (const name of BY_PATH) {
    const call = calls[`${name}Sync`] as Call;
    define(ImageProvider.prototype, `${name}Sync`, call);
    define(ImageProvider.prototype, name, async (...args) => call(...args));
  }
  return new ImageProvider();
}

/** An open file, of the shape that `node:vfs` asks for. */
function handleOf(fs: ImageFs, fd: number): object {
  const sync: Record<string, Call> = {
    readFileSync: (options: never) => fs.readFileSync(fd, options),
    statSync: (options: never) => fs.fstatSync(fd, options),
    closeSync: () => fs.closeSync(fd),
  };
  const handle: object = { ...sync };
  for (const [name, call] of Object.entries(sync)) {
    define(handle, name.replace(/Sync$/, ''), async (...args) => call(...args));
  }
  const read = (buffer: Uint8Array, offset: number, length: number, position: number | null) =>
    fs.readSync(fd, buffer, offset, length, position);
  define(handle, 'readSync', read as Call);
  define(handle, 'read', (async (buffer: Uint8Array, ...rest: [number, number, number | null]) => ({
    bytesRead: read(buffer, ...rest),
    buffer,
  })) as Call);
  define(handle, 'readv', (async (buffers: Uint8Array[], position: number | null) => ({
    bytesRead: fs.readvSync(fd, buffers, position ?? undefined),
    buffers,
  })) as Call);
  for (const name of WRITERS) {
    const refuse = () => {
      throw errnoError('EROFS', name);
    };
    define(handle, `${name}Sync`, refuse);
    define(handle, name, async () => refuse());
  }
  define(handle, 'sync', async () => undefined);
  define(handle, 'datasync', async () => undefined);
  return handle;
}

function define(target: object, name: string, value: Call): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
