import { ToolError } from '../base/errors.ts';
import { withFetchedCommit } from '../source/repository.ts';
import type { Made, MakeOptions } from './make-options.ts';
import { describe, keepPack, packList, reportSkipped } from './pack-image.ts';

/**
 * Packs one commit of the repository at `address`.
 * @throws ToolError, FormatError
 */
export async function makeFromRepository(
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
  if (
    options.keepPack &&
    (options.level ?? options.window ?? options.depth ?? options.from) !== undefined
  ) {
    options.onWarning?.('with --keep-pack, how hard to pack is up to git');
  }
  const onProgress = (done: number, total?: number) =>
    options.onProgress?.({ phase: 'fetching', unit: 'objects', done, total });
  onProgress(0);
  const { ref, subtree, lfs, submodules, timeout, maxTime, maxPack, onWarning: onNote } = options;
  const onSkip = (path: string, reason: string) => reportSkipped(options, path, reason);
  const onPointer = (path: string) => {
    if (options.strict) {
      throw new ToolError('REFUSED', `${path}: a Git LFS pointer: --lfs packs its content`);
    }
    options.onWarning?.(`${path}: a Git LFS pointer, stored as it is`);
  };
  return withFetchedCommit(
    {
      address,
      ref,
      subtree,
      lfs,
      submodules,
      timeout,
      maxTime,
      maxPack,
      signal: options.signal,
      onProgress,
      onNote,
      onSkip,
      onPointer,
    },
    async (fetched) => {
      const { commit, tree, files, bytes, objects } = fetched;
      const packed = options.keepPack
        ? await keepPack(await fetched.pack(), commit, blockSize, options)
        : await packList(await fetched.spool(), commit, blockSize, options);
      const { source, submodules: leftOut, pointers: lfsPointers } = fetched;
      return {
        ...describe(commit, tree, files, bytes, objects),
        ...{ source, submodules: leftOut, lfsPointers },
        uncommitted: fetched.uncommitted,
        ...packed,
      };
    },
  );
}
