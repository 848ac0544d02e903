import { type ByteSource, DEFAULT_LIMITS, FormatError, openImage } from '#format';
import { createHostInflater } from '#format/host';
import { mount } from '#reader';
import { withRawDisk } from '../disk/disk-format.ts';
import { fileSource, openFileSource } from '../files/file-source.ts';
import { compareSides } from '../look/diff/compare.ts';
import { imageSide } from '../look/diff/image-side.ts';
import { PathBudget } from '../look/path-budget.ts';
import type { OldPack } from '../pack/old-entries.ts';
import { loadIdx } from '../path-index/load-idx.ts';
import { findEnd, readEntryTable } from '../verify/entry-table.ts';
import type { Changes } from './make-options.ts';

/** An older image that a new one is made from. */
export interface OldImage extends OldPack {
  /** Tells which paths changed in the new image. @throws FormatError, LIMIT for more than can be listed */
  findChanges(fd: number): Changes;
}

/** Bytes of the paths that are listed, all together. */
const MAX_CHANGES_BYTES = 1 << 28;

/**
 * Gives `use` the image at `path`, opened for the time; a FormatError of `use` is the image's fault.
 * @throws FormatError; ToolError
 */
export async function withOldImage<Result>(
  path: string,
  use: (old: OldImage) => Promise<Result>,
): Promise<Result> {
  return withRawDisk(path, async (rawPath) => {
    const source = openFileSource(rawPath);
    try {
      const image = openImage(source, DEFAULT_LIMITS);
      const { idx } = loadIdx(image);
      const table = readEntryTable(image, idx, DEFAULT_LIMITS.maxDeltaDepth);
      findEnd(image, table, createHostInflater());
      return await use({
        image: { ...image, idx },
        table,
        findChanges: (fd) => findChanges(source, fd),
      });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const words = `${path}: cannot make an image from it, make one without --from: ${error.message}`;
      throw new FormatError(error.code, words, { cause: error });
    } finally {
      source.close();
    }
  });
}

function findChanges(old: ByteSource, fd: number): Changes {
  const [before, after] = [old, fileSource(fd, 'the new image')].map((source) =>
    imageSide(mount(source, { inflater: createHostInflater() }).nodes),
  ) as [ReturnType<typeof imageSide>, ReturnType<typeof imageSide>];
  const changes: Record<keyof Changes, string[]> = { added: [], modified: [], removed: [] };
  let bytes = 0;
  for (const { path, status } of compareSides(before, after, undefined, new PathBudget())) {
    bytes += path.length;
    if (bytes > MAX_CHANGES_BYTES) {
      throw new FormatError('LIMIT', `paths of more than ${MAX_CHANGES_BYTES} bytes together`);
    }
    const list = status === 'A' ? 'added' : status === 'D' ? 'removed' : 'modified';
    changes[list].push(Buffer.from(path).toString());
  }
  return changes;
}
