import nodeFs from 'node:fs';
import type { FileSystem } from '../../reader/index.ts';
import { OptionError } from '../../reader/index.ts';
import type { OpenedImage } from '../open-image-file.ts';
import { callsBack, createCallbacks } from './callbacks.ts';
import { refuseAborted } from './errno.ts';
import { type HandleFs, ImageFileHandle } from './file-handle.ts';
import { globFiles } from './glob.ts';
import { createImagePaths } from './image-path.ts';
import { OpenFiles } from './open-files.ts';
import { createSync } from './sync.ts';
import { createWatchers, watchNothing } from './watchers.ts';
import { createWriters } from './writers.ts';

/** The parts of node:fs that an image lacks: old names, and what only writes. */
type Missing = 'FileReadStream' | 'FileWriteStream' | 'Utf8Stream';

/** Taken before anyone puts functions of an image in their place. */
const openNodeReadStream = nodeFs.createReadStream;
const openNodeWriteStream = nodeFs.createWriteStream;

/** The shape of node:fs, with the promises. */
export type ImageFs = Omit<typeof nodeFs, Missing>;

export interface FsOptions {
  /**
   * An absolute path at which the image seems to stand: `/img` makes `/img/a` of its file `a`, relative paths
   * count from the working directory, and nothing else is found. Without it the image's root is `/`, and
   * relative paths count from there.
   */
  readonly at?: string;
}

/**
 * An image as an object of node:fs's shape, for whatever takes one:
 *
 * ```ts
 * import { createFs } from 'docteur/fs';
 * import { openImageFile } from 'docteur/unix';
 *
 * const image = openImageFile('disk.img');
 * const fs = createFs(image);
 * console.log(fs.readdirSync('/'), await fs.promises.readFile('/README.md', 'utf8'));
 * ```
 *
 * Functions that are synchronous, that call back and that promise; streams; Node's own Stats and Dirents.
 * Errors are the system's, with `code`, `errno`, `syscall` and `path`: whatever writes is EROFS, and a
 * damaged image EIO with the reason as `cause`. All work is done by the calling thread.
 * @param image stays open for as long as its files are in use; the caller closes it
 * @throws OptionError
 */
export function createFs(image: OpenedImage | FileSystem, options: FsOptions = {}): ImageFs {
  return createFsAndFiles(image, options).imageFs;
}

/** The same, and what is open of it. */
export function createFsAndFiles(
  image: OpenedImage | FileSystem,
  options: FsOptions,
): { readonly imageFs: ImageFs; readonly files: OpenFiles } {
  const { at } = options;
  if (at !== undefined && (typeof at !== 'string' || !at.startsWith('/'))) {
    throw new OptionError("'at' must be an absolute path");
  }
  const fs = 'fs' in image ? image.fs : image;
  const files = new OpenFiles();
  const sync = createSync(fs, createImagePaths(fs, at), files);
  const writers = createWriters(sync);
  const callbacks = createCallbacks({ ...sync, ...writers } as never);
  const { open, read, close, write, writev } = callbacks as never as typeof nodeFs;

  const createReadStream = (path: nodeFs.PathLike, options?: object | string) =>
    openNodeReadStream(path, {
      ...streamOptions(options),
      fs: { open, read, close },
    } as never);
  const createWriteStream = (path: nodeFs.PathLike, options?: object | string) =>
    openNodeWriteStream(path, {
      ...streamOptions(options),
      fs: { open, write, writev, close },
    } as never);
  const handles: HandleFs = { sync, createReadStream };

  const promised = Object.entries({ ...sync, ...writers }).map(([name, call]) => [
    name.replace(/Sync$/, ''),
    async (...args: never[]) => (call as (...args: never[]) => unknown)(...args),
  ]);
  const promises = {
    ...Object.fromEntries(promised),
    constants: nodeFs.constants,
    async *glob(pattern: never, options?: nodeFs.GlobOptions) {
      yield* globFiles(sync, pattern, options);
    },
    watch: watchNothing,
    open: async (...args: Parameters<typeof sync.openSync>) =>
      new ImageFileHandle(handles, sync.openSync(...args)),
    readFile: async (path: unknown, options?: never) => {
      refuseAborted(options);
      return path instanceof ImageFileHandle
        ? path.readFile(options)
        : sync.readFileSync(path as nodeFs.PathLike, options);
    },
  };
  const globSync = (pattern: never, options?: nodeFs.GlobOptions) => [
    ...globFiles(sync, pattern, options),
  ];
  const blobOf = (path: nodeFs.PathLike, { type = '' } = {}) =>
    new Blob([sync.readFileSync(path) as Uint8Array<ArrayBuffer>], { type });
  const imageFs = {
    ...callbacks,
    ...sync,
    ...writers,
    ...createWatchers(),
    createReadStream,
    createWriteStream,
    glob: callsBack(globSync),
    globSync,
    openAsBlob: async (path: nodeFs.PathLike, options?: object) => blobOf(path, options),
    openAsBlobSync: blobOf,
    promises,
    constants: nodeFs.constants,
    Stats: nodeFs.Stats,
    Dirent: nodeFs.Dirent,
    Dir: nodeFs.Dir,
    ReadStream: nodeFs.ReadStream,
    WriteStream: nodeFs.WriteStream,
  } as unknown as ImageFs;
  return { imageFs, files };
}

function streamOptions(options: object | string | undefined): object {
  return typeof options === 'string' ? { encoding: options } : (options ?? {});
}
