import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MODULE_MAP_NAME } from '#reader';
import { ToolError } from '../base/errors.ts';
import { defaultDate } from '../base/source-date.ts';
import { checkOutput } from '../files/output-file.ts';
import { scanFolder } from '../source/folder.ts';
import { addFolderCommit } from '../source/folder-commit.ts';
import { compileGlobs } from '../source/glob.ts';
import type { Made, MakeOptions } from './make-options.ts';
import { moduleMapper } from './module-mapper.ts';
import { describe, packList, reportSkipped } from './pack-image.ts';

/** An older image from this size on, in bytes, was made of many files. */
const LARGE_IMAGE = 1 << 22;

/**
 * Packs the folder at `path`.
 * @throws ToolError
 */
export async function makeFromFolder(
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
    exclude: compileGlobs([
      ...(options.exclude ?? []),
      ...(options.moduleMap ? [`/${MODULE_MAP_NAME}`] : []),
    ]),
    onFolder: options.moduleMap ? moduleMapper() : undefined,
    // The image may lie in the folder that is packed: an older one must not get into the new one.
    omit: checkOutput(options.image),
    jobs: options.jobs,
    expectMany: isLarge(options.from),
    onSkip: (path, reason) => reportSkipped(options, path, reason),
    onProgress: (done, bytes) => {
      options.signal?.throwIfAborted();
      options.onProgress?.({ phase: 'reading', unit: 'files', done, total: undefined, bytes });
    },
  });
  try {
    const { author, message, date = defaultDate() } = options;
    const commit = addFolderCommit(objects, tree, { author, message, date });
    const packed = await packList(objects, commit, blockSize, options);
    return { ...describe(commit, tree, files, bytes, objects.count), ...packed };
  } finally {
    objects.close();
  }
}

function isLarge(image: string | undefined): boolean {
  if (image === undefined) return false;
  try {
    return statSync(image).size >= LARGE_IMAGE;
  } catch {
    // Who opens it tells.
    return false;
  }
}
