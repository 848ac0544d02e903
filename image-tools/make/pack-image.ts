import { ftruncateSync } from 'node:fs';
import { FormatError, type Oid, oidToHex } from '#format';
import { ToolError } from '../base/errors.ts';
import { writeDisk } from '../disk/disk-format.ts';
import { type PackSummary, packObjects } from '../pack/pack-objects.ts';
import type { PackWriter } from '../pack/writer.ts';
import { appendPathIndex } from '../path-index/append.ts';
import type { ObjectList } from '../source/objects.ts';
import { startCheck } from '../verify/first-entries.ts';
import type { Sweep } from '../verify/sweep.ts';
import { type ImageSizes, writeImage, writeImageFrom } from './image-writer.ts';
import { warningOfChains } from './kept-chains.ts';
import type { Changes, Made, MakeOptions } from './make-options.ts';
import { type OldImage, withOldImage } from './old-image.ts';

/** An image that was written, and its deltas if they were counted. */
export type Packed = Pick<Made, 'sizes' | 'deltas' | 'changes'>;

/** Writes an image of the objects in a list. */
export async function packList(
  objects: ObjectList,
  commit: Oid,
  blockSize: number,
  options: MakeOptions,
): Promise<Packed> {
  const { from } = options;
  if (from === undefined) return writeList(objects, commit, blockSize, options, undefined);
  return withOldImage(from, (old) => writeList(objects, commit, blockSize, options, old));
}

async function writeList(
  objects: ObjectList,
  commit: Oid,
  blockSize: number,
  options: MakeOptions,
  old: OldImage | undefined,
): Promise<Packed> {
  return writeDisk(options.image, options.format ?? 'raw', async (fd) => {
    let deltas = 0;
    let check: Sweep | undefined;
    try {
      const written = await writeImage(
        fd,
        commit,
        objects.count,
        blockSize,
        async (writer, flush) => {
          // What was taken over is checked as it stands in the new image while the rest is packed.
          const onCopied = () => {
            if (options.trustFrom) return;
            flush();
            check = startCheck(fd, writer.entries, writer.packOffset, options.jobs);
          };
          ({ deltas } = await pack(objects, writer, { ...options, onCopied }, old));
        },
      );
      // Both read trees that may be forged still, and make no more of them than of any image.
      const sizes = addPathIndex(fd, options, written, objects);
      const changes = old && findChanges(old, fd, options);
      await check?.finish({ signal: options.signal });
      return changes === undefined ? { sizes, deltas } : { sizes, deltas, changes };
    } finally {
      await check?.close();
    }
  });
}

/** Writes an image of a PACK and its IDX as they are. */
export async function keepPack(
  { packFile, idxFile }: { readonly packFile: string; readonly idxFile: string },
  commit: Oid,
  blockSize: number,
  options: MakeOptions,
): Promise<Packed> {
  const sizes = await writeDisk(options.image, options.format ?? 'raw', async (fd) => {
    const sizes = writeImageFrom(fd, commit, blockSize, packFile, idxFile);
    const warning = warningOfChains(fd, options.image);
    if (warning !== undefined) options.onWarning?.(warning);
    return addPathIndex(fd, options, sizes);
  });
  return { sizes, deltas: undefined };
}

const PHASES = { compare: 'comparing', compress: 'packing' } as const;

/** Packs a list as the options say. */
function pack(
  objects: ObjectList,
  writer: PackWriter,
  options: MakeOptions & { readonly onCopied: () => void },
  old: OldImage | undefined,
): Promise<PackSummary> {
  const { level, window, depth, readCost, web, jobs, onCopied, onProgress, signal } = options;
  return packObjects(objects, writer, {
    level,
    window,
    depth,
    readCost,
    wholeFiles: web,
    old,
    onCopied,
    jobs,
    signal,
    onProgress: ({ phase, done, total }) =>
      onProgress?.({ phase: PHASES[phase], unit: 'bytes', done, total }),
  });
}

/** What an image holds. */
export function describe(
  commit: Uint8Array,
  tree: Uint8Array,
  files: number,
  bytesIn: number,
  objects: number,
): Omit<Made, keyof Packed> {
  return { commit: oidToHex(commit), root: oidToHex(tree), files, objects, bytesIn };
}

/** An image may have paths that no index can hold; it is read without one then. */
function addPathIndex(
  fd: number,
  { image, noIndex, onWarning, signal }: MakeOptions,
  sizes: ImageSizes,
  objects?: ObjectList,
): ImageSizes {
  signal?.throwIfAborted();
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

/** Which paths changed; undefined where a few folders make more paths than can be listed. */
function findChanges(
  old: OldImage,
  fd: number,
  { onWarning, signal }: MakeOptions,
): Changes | undefined {
  signal?.throwIfAborted();
  try {
    return old.findChanges(fd);
  } catch (error) {
    if (!(error instanceof FormatError && error.code === 'LIMIT')) throw error;
    onWarning?.(`what changed is not listed: ${error.message}`);
    return undefined;
  }
}

/** Tells of what cannot be stored and is left out. @throws ToolError REFUSED if `strict` asks for it */
export function reportSkipped(options: MakeOptions, path: string, reason: string): void {
  if (options.strict) throw new ToolError('REFUSED', `${path}: cannot be stored: ${reason}`);
  options.onWarning?.(`${path}: skipped: ${reason}`);
}
