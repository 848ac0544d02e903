import { ftruncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError, MAX_BLOCK_SIZE, type Oid, oidToHex } from '#format';
import { ToolError } from '../base/errors.ts';
import type { CommitDate } from '../base/rfc3339.ts';
import { defaultDate } from '../base/source-date.ts';
import { type DiskFormat, writeDisk } from '../disk/disk-format.ts';
import { checkOutput } from '../files/output-file.ts';
import type { Level } from '../pack/levels.ts';
import { type PackSummary, packObjects } from '../pack/pack-objects.ts';
import type { PackWriter } from '../pack/writer.ts';
import { appendPathIndex } from '../path-index/append.ts';
import { scanFolder } from '../source/folder.ts';
import { type Author, addFolderCommit } from '../source/folder-commit.ts';
import { compileGlobs } from '../source/glob.ts';
import { resolveSource } from '../source/location.ts';
import type { ObjectList } from '../source/objects.ts';
import { withFetchedCommit } from '../source/repository.ts';
import { type ImageSizes, writeImage, writeImageFrom } from './image-writer.ts';

/** How far the work is: `done` of `total` (undefined while it is not known). */
export interface Progress {
  readonly phase: 'reading' | 'fetching' | 'comparing' | 'packing';
  readonly unit: 'files' | 'objects' | 'bytes';
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes read so far, in the phase `reading`. */
  readonly bytes?: number;
}

/** What to make an image of, and how. */
export interface MakeOptions {
  /** A folder or a Git repository, by path or address. */
  readonly source: string;
  /** Path of the image; replaced as a whole, or left as it was. */
  readonly image: string;
  /** What the disk is wrapped in; `raw`, which the tender reads, if absent. */
  readonly format?: DiskFormat | undefined;
  /**
   * Of a repository, what to pack: a branch, a tag or a commit, of one on this machine any revision, and
   * `:FOLDER` behind it for a part; its HEAD if absent.
   */
  readonly ref?: string | undefined;
  /** Of a repository, the folder that becomes an image of its own; all if absent. */
  readonly subtree?: string | undefined;
  /** Date of a folder's commit; that of SOURCE_DATE_EPOCH, or now, if absent. */
  readonly date?: CommitDate | undefined;
  /** Author and committer of a folder's commit; "Dr. Greenthumb", as the original has it, if absent. */
  readonly author?: Author | undefined;
  /** Message of a folder's commit; none if absent. */
  readonly message?: string | undefined;
  /** The image is padded to multiples of this many bytes: a power of two; 512 if absent. */
  readonly blockSize?: number | undefined;
  /** Write what the original writes of a folder: every file 100644, links followed. */
  readonly compat?: boolean | undefined;
  /** Refuse what cannot be stored, instead of skipping it. */
  readonly strict?: boolean | undefined;
  /** Pack a repository's objects anew, with the options below, instead of keeping its PACK. */
  readonly repack?: boolean | undefined;
  /** How hard to look for a small PACK; `default` if absent. */
  readonly level?: Level | undefined;
  /** Earlier objects tried as the base of each object; the level's if absent. */
  readonly window?: number | undefined;
  /** Longest chain of deltas; the level's if absent. */
  readonly depth?: number | undefined;
  /** Threads that pack; one for each core if absent. They change the speed, never the bytes. */
  readonly jobs?: number | undefined;
  /** Leave the path index out: readers then find their way through the trees. */
  readonly noIndex?: boolean | undefined;
  /** Seconds after which a Git server that is silent is given up: 300 if absent, 0 waits for ever. */
  readonly timeout?: number | undefined;
  /** Seconds after which git is given up, whatever the server says: 14,400 if absent, 0 waits for ever. */
  readonly maxTime?: number | undefined;
  /** Bytes of the largest PACK that is taken from a Git server: 64 GiB if absent. */
  readonly maxPack?: number | undefined;
  /** Globs of what to leave out of a folder. */
  readonly exclude?: readonly string[] | undefined;
  /** Told, in one line, of each thing that is skipped. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What was made; sizes in bytes. */
export interface MakeResult {
  /** The id of the commit, and of its tree, in hexadecimal. */
  readonly commit: string;
  readonly root: string;
  readonly files: number;
  readonly objects: number;
  /** How many of the objects are stored as deltas; undefined of a PACK that is kept as received. */
  readonly deltas: number | undefined;
  /** Bytes of all files. */
  readonly bytesIn: number;
  readonly sizes: ImageSizes;
  /** Bytes of the file that was written: the image's, unless it is wrapped in another format. */
  readonly bytesOut: number;
  readonly seconds: number;
}

type Made = Omit<MakeResult, 'bytesOut' | 'seconds'>;

/** What an image is padded to where nobody says otherwise, in bytes: also the least. */
export const DEFAULT_BLOCK_SIZE = 512;

/**
 * Packs a folder, or one commit of a repository, into an image.
 * @throws ToolError; the image at `options.image` is then as it was before
 */
export async function makeImage(options: MakeOptions): Promise<MakeResult> {
  const startedAt = performance.now();
  const blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  checkBlockSize(blockSize);
  const location = resolveSource(options.source);
  checkOutput(options.image);
  const made =
    location.kind === 'folder'
      ? await makeFromFolder(location.path, blockSize, options)
      : await makeFromRepository(location.address, blockSize, options);
  const bytesOut = statSync(options.image).size;
  return { ...made, bytesOut, seconds: (performance.now() - startedAt) / 1000 };
}

async function makeFromFolder(
  path: string,
  blockSize: number,
  options: MakeOptions,
): Promise<Made> {
  if (options.ref !== undefined) {
    throw new ToolError('USAGE', `${path}: a folder has no branch or commit ${options.ref}`);
  }
  if (options.subtree !== undefined) {
    const inner = join(path, options.subtree);
    throw new ToolError('USAGE', `--subtree is for repositories: name the folder, ${inner}`);
  }
  const { objects, tree, files, bytes } = await scanFolder({
    root: Buffer.from(path),
    compat: options.compat ?? false,
    exclude: compileGlobs(options.exclude ?? []),
    // The image may lie in the folder that is packed: an older one must not get into the new one.
    omit: checkOutput(options.image),
    onSkip: (path, reason) => reportSkipped(options, path, reason),
    onProgress: (done, bytes) =>
      options.onProgress?.({ phase: 'reading', unit: 'files', done, total: undefined, bytes }),
  });
  try {
    const { author, message, date = defaultDate() } = options;
    const commit = addFolderCommit(objects, tree, { author, message, date });
    const { sizes, deltas } = await packList(objects, commit, blockSize, options);
    return { ...describe(commit, tree, files, bytes, objects.count, sizes), deltas };
  } finally {
    objects.close();
  }
}

/** An image that was written, and its deltas as far as they were counted. */
type Packed = Pick<Made, 'sizes' | 'deltas'>;

/** Writes an image of the objects in a list. */
async function packList(
  objects: ObjectList,
  commit: Oid,
  blockSize: number,
  options: MakeOptions,
): Promise<Packed> {
  let deltas = 0;
  const sizes = await writeDisk(options.image, options.format ?? 'raw', async (fd) => {
    const sizes = await writeImage(fd, commit, objects.count, blockSize, async (writer) => {
      ({ deltas } = await pack(objects, writer, options));
    });
    return addPathIndex(fd, options, sizes, objects);
  });
  return { sizes, deltas };
}

/** Writes an image of a PACK and its IDX as they are. */
async function keepPack(
  { packFile, idxFile }: { readonly packFile: string; readonly idxFile: string },
  commit: Oid,
  blockSize: number,
  options: MakeOptions,
): Promise<Packed> {
  const sizes = await writeDisk(options.image, options.format ?? 'raw', async (fd) =>
    addPathIndex(fd, options, writeImageFrom(fd, commit, blockSize, packFile, idxFile)),
  );
  return { sizes, deltas: undefined };
}

const PHASES = { compare: 'comparing', compress: 'packing' } as const;

/** Packs a list with the level, window, depth and threads that the options name. */
function pack(objects: ObjectList, writer: PackWriter, options: MakeOptions): Promise<PackSummary> {
  const { level, window, depth, jobs, onProgress } = options;
  return packObjects(objects, writer, {
    level,
    window,
    depth,
    jobs,
    onProgress: ({ phase, done, total }) =>
      onProgress?.({ phase: PHASES[phase], unit: 'bytes', done, total }),
  });
}

async function makeFromRepository(
  address: string,
  blockSize: number,
  options: MakeOptions,
): Promise<Made> {
  if ((options.exclude ?? []).length > 0) {
    throw new ToolError('USAGE', 'nothing can be excluded from a repository: its commit is kept');
  }
  for (const name of ['date', 'author', 'message'] as const) {
    if (options[name] === undefined) continue;
    throw new ToolError(
      'USAGE',
      `a repository keeps its commit with its ${name}: none can be given`,
    );
  }
  if (!options.repack && (options.level ?? options.window ?? options.depth) !== undefined) {
    options.onWarning?.('the PACK of a repository is kept as it is: --repack packs it anew');
  }
  const onProgress = (done: number, total?: number) =>
    options.onProgress?.({ phase: 'fetching', unit: 'objects', done, total });
  onProgress(0);
  const { ref, subtree, timeout, maxTime, maxPack, onWarning: onNote } = options;
  const onSkip = (path: string, reason: string) => reportSkipped(options, path, reason);
  return withFetchedCommit(
    { address, ref, subtree, timeout, maxTime, maxPack, onProgress, onNote, onSkip },
    async (fetched) => {
      const { commit, tree, files, bytes, objects } = fetched;
      const packed = options.repack
        ? await packList(await fetched.spool(), commit, blockSize, options)
        : await keepPack(await fetched.pack(), commit, blockSize, options);
      return {
        ...describe(commit, tree, files, bytes, objects, packed.sizes),
        deltas: packed.deltas,
      };
    },
  );
}

function describe(
  commit: Uint8Array,
  tree: Uint8Array,
  files: number,
  bytesIn: number,
  objects: number,
  sizes: ImageSizes,
): Omit<Made, 'deltas'> {
  return { commit: oidToHex(commit), root: oidToHex(tree), files, objects, bytesIn, sizes };
}

/** An image may have paths that no index can hold; it is read without one then. */
function addPathIndex(
  fd: number,
  { image, noIndex, onWarning }: MakeOptions,
  sizes: ImageSizes,
  objects?: ObjectList,
): ImageSizes {
  if (noIndex) return sizes;
  try {
    const { size } = appendPathIndex(fd, image, objects);
    return { ...sizes, pathIndex: size, image: sizes.image + size };
  } catch (error) {
    if (!(error instanceof FormatError && error.code === 'LIMIT')) throw error;
    ftruncateSync(fd, sizes.image);
    onWarning?.(`no path index: ${error.message}`);
    return sizes;
  }
}

function checkBlockSize(blockSize: number): void {
  const isPowerOfTwo = Number.isInteger(Math.log2(blockSize));
  if (!isPowerOfTwo || blockSize < DEFAULT_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE) {
    throw new ToolError(
      'USAGE',
      `block size ${blockSize}: must be a power of two from ${DEFAULT_BLOCK_SIZE} to ${MAX_BLOCK_SIZE}`,
    );
  }
}

function reportSkipped(options: MakeOptions, path: string, reason: string): void {
  if (options.strict) throw new ToolError('REFUSED', `${path}: cannot be stored: ${reason}`);
  options.onWarning?.(`${path}: skipped: ${reason}`);
}
