import { statSync } from 'node:fs';
import { MAX_BLOCK_SIZE } from '#format';
import { ToolError } from '../base/errors.ts';
import { checkOtherFile, checkOutput } from '../files/output-file.ts';
import { resolveSource, type SourceLocation } from '../source/location.ts';
import { checkOptions } from './check-options.ts';
import { makeFromArchive } from './from-archive.ts';
import { makeFromFolder } from './from-folder.ts';
import { makeFromRepository } from './from-repository.ts';
import type { Made, MakeOptions, MakeResult } from './make-options.ts';

/** What an image is padded to where nobody says otherwise, in bytes: also the least. */
export const DEFAULT_BLOCK_SIZE = 512;

/**
 * Packs a folder, or one commit of a repository, into an image.
 * @throws ToolError, or the reason of `options.signal`; the image at `options.image` is then as it was before
 */
export async function makeImage(options: MakeOptions): Promise<MakeResult> {
  checkOptions(options);
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    return await make(options);
  } catch (error) {
    // Everything that failed because of it.
    signal?.throwIfAborted();
    throw error;
  }
}

async function make(options: MakeOptions): Promise<MakeResult> {
  const startedAt = performance.now();
  const blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  checkBlockSize(blockSize);
  const location = resolveSource(options.source);
  const input = inputFile(location);
  if (input === undefined) checkOutput(options.image);
  else checkOtherFile(options.image, input);
  const made = await makeFrom(location, blockSize, options);
  const bytesOut = statSync(options.image).size;
  return { ...made, bytesOut, seconds: (performance.now() - startedAt) / 1000 };
}

function makeFrom(
  location: SourceLocation,
  blockSize: number,
  options: MakeOptions,
): Promise<Made> {
  switch (location.kind) {
    case 'folder':
      return makeFromFolder(location.path, blockSize, options);
    case 'archive':
      return makeFromArchive(location.path, blockSize, options);
    case 'repository':
      return makeFromRepository(location.address, blockSize, options);
  }
}

/** The file that a source is, if it is one: an archive, or a bundle. */
function inputFile(location: SourceLocation): string | undefined {
  return location.kind === 'repository' ? location.address : location.path;
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
