import { ToolError } from '../base/errors.ts';
import { defaultDate } from '../base/source-date.ts';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import { scanArchive } from '../source/archive/archive.ts';
import { addFolderCommit } from '../source/folder-commit.ts';
import { compileGlobs } from '../source/glob.ts';
import type { Made, MakeOptions } from './make-options.ts';
import { describe, packList, reportSkipped } from './pack-image.ts';

/** Options that say something of other sources. */
const NOT_FOR_ARCHIVES = ['ref', 'subtree', 'lfs', 'submodules', 'keepPack', 'compat'] as const;
/** Files between two reports of progress. */
const REPORT_EVERY = 500;

/**
 * Packs a tar or a zip, the tar on stdin if `path` is undefined, as the folder that it unpacks to.
 * @throws ToolError
 */
export async function makeFromArchive(
  path: string | undefined,
  blockSize: number,
  options: MakeOptions,
): Promise<Made> {
  const name = path ?? 'stdin';
  for (const option of NOT_FOR_ARCHIVES) {
    if (options[option] === undefined) continue;
    throw new ToolError('USAGE', `${name}: an archive has no use for the option ${option}`);
  }
  return withTemporaryFolder(async ({ path: scratch }) => {
    const { objects, tree, files, bytes } = await scan(path, name, scratch, options);
    const { author, message, date = defaultDate() } = options;
    const commit = addFolderCommit(objects, tree, { author, message, date });
    const packed = await packList(objects, commit, blockSize, options);
    return { ...describe(commit, tree, files, bytes, objects.count), ...packed };
  });
}

async function scan(path: string | undefined, name: string, scratch: string, options: MakeOptions) {
  try {
    return await scanArchive({
      path,
      scratch,
      maxSize: options.maxSize,
      exclude: compileGlobs(options.exclude ?? []),
      onSkip: (path, reason) => reportSkipped(options, path, reason),
      onProgress: (done, bytes) => {
        options.signal?.throwIfAborted();
        if (done % REPORT_EVERY !== 0) return;
        options.onProgress?.({ phase: 'reading', unit: 'files', done, total: undefined, bytes });
      },
    });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError(error.code, `${name}: ${error.message}`, error);
  }
}
