import { statSync } from 'node:fs';
import { oidToHex } from '#format';
import { ToolError } from './errors.ts';
import { type ImageSizes, writeImage } from './image-writer.ts';
import { replaceFile, resolveOutput } from './output-file.ts';
import { packWhole } from './pack/pack-whole.ts';
import { type CommitDate, currentDate } from './rfc3339.ts';
import { identityOf, scanFolder } from './source/folder.ts';
import { addFolderCommit } from './source/folder-commit.ts';
import { compileGlobs } from './source/glob.ts';
import { resolveSource } from './source/location.ts';

/** How far the work is: `done` of `total` (undefined while it is not known). */
export interface Progress {
  readonly phase: 'reading' | 'packing';
  readonly unit: 'files' | 'objects';
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes read so far, in the phase `reading`. */
  readonly bytes?: number;
}

export interface MakeOptions {
  /** A folder, by path, `file://` or `relativize://`. */
  readonly source: string;
  /** Path of the image; replaced as a whole, or left as it was. */
  readonly image: string;
  /** Date of a folder's commit; now, if absent. */
  readonly date?: CommitDate | undefined;
  /** The image is padded to multiples of this many bytes: a power of two; 512 if absent. */
  readonly blockSize?: number | undefined;
  /** Write what the original writes: every file 100644, links followed. */
  readonly compat?: boolean | undefined;
  /** Refuse what cannot be stored, instead of skipping it. */
  readonly strict?: boolean | undefined;
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
  /** Bytes of all files. */
  readonly bytesIn: number;
  readonly sizes: ImageSizes;
  readonly seconds: number;
}

/** zlib's own default: the best of speed and size for text. */
const DEFAULT_LEVEL = 6;
export const DEFAULT_BLOCK_SIZE = 512;
const MAX_BLOCK_SIZE = 0x100000;

/**
 * Packs a folder into an image.
 * @throws ToolError; the image at `options.image` is then as it was before
 */
export async function makeImage(options: MakeOptions): Promise<MakeResult> {
  const startedAt = performance.now();
  const blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  checkBlockSize(blockSize);
  const location = resolveSource(options.source);
  if (location.kind === 'repository') {
    throw new ToolError('USAGE', `${options.source}: repositories are not supported yet`);
  }
  const scan = await scanFolder({
    root: Buffer.from(location.path),
    compat: options.compat ?? false,
    exclude: compileGlobs(options.exclude ?? []),
    omit: identityOfOutput(options.image),
    onSkip: (path, reason) => reportSkipped(options, path, reason),
    onProgress: (done, bytes) =>
      options.onProgress?.({ phase: 'reading', unit: 'files', done, total: undefined, bytes }),
  });
  const commit = addFolderCommit(scan.objects, scan.tree, options.date ?? currentDate());
  const total = scan.objects.count;
  let sizes: ImageSizes | undefined;
  await replaceFile(options.image, async (fd) => {
    sizes = await writeImage(fd, commit, total, blockSize, (writer) =>
      packWhole(scan.objects, writer, DEFAULT_LEVEL, (done) =>
        options.onProgress?.({ phase: 'packing', unit: 'objects', done, total }),
      ),
    );
  });
  return {
    commit: oidToHex(commit),
    root: oidToHex(scan.tree),
    files: scan.files,
    objects: total,
    bytesIn: scan.bytes,
    sizes: sizes as ImageSizes,
    seconds: (performance.now() - startedAt) / 1000,
  };
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

/** The image may lie in the folder that is packed: an older one must not get into the new one. */
function identityOfOutput(image: string): string | undefined {
  const stats = statSync(resolveOutput(image), { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : identityOf(stats);
}

function reportSkipped(options: MakeOptions, path: string, reason: string): void {
  if (options.strict) throw new ToolError('REFUSED', `${path}: cannot be stored: ${reason}`);
  options.onWarning?.(`${path}: skipped: ${reason}`);
}
