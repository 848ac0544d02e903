import { join, resolve } from 'node:path';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import type { FolderHandle } from './folder-handle.ts';
import { watchOver } from './janitor.ts';
import { type MadeFolders, makeFolders } from './made-folders.ts';
import { randomName } from './random-name.ts';

/**
 * Opens the folder that things are written into, made if it is missing, and gives `use` a new folder
 * in it that only we may enter. That one is removed behind `use`, and by a janitor if we die. Where `use` fails, or we
 * die, the folders that were made for it are removed too.
 * @throws ToolError CANNOT_CREATE, USAGE for an empty path, and what `use` throws
 */
export async function withStaging<Result>(
  path: string,
  use: (to: FolderHandle, staging: FolderHandle) => Promise<Result>,
): Promise<Result> {
  // It would mean this folder, and is rather a variable that is not set.
  if (path === '') throw new ToolError('USAGE', 'the path of the folder is empty');
  const place = resolve(path);
  const made = creating(path, () => makeFolders(place));
  let isDone = false;
  try {
    const result = await stage(path, place, made, use);
    isDone = true;
    return result;
  } finally {
    if (!isDone) made.remove();
    made.close();
  }
}

async function stage<Result>(
  path: string,
  place: string,
  { folder: to, places }: Pick<MadeFolders, 'folder' | 'places'>,
  use: (to: FolderHandle, staging: FolderHandle) => Promise<Result>,
): Promise<Result> {
  const name = `.docteur-${randomName(8)}.tmp`;
  const janitor = watchOver(join(place, name), places);
  try {
    const staging = creating(path, () => {
      to.makeFolder(Buffer.from(name), 0o700);
      return to.folder(Buffer.from(name));
    });
    try {
      return await use(to, staging);
    } finally {
      staging.close();
    }
  } finally {
    await janitor.finish();
  }
}

function creating<Result>(path: string, create: () => Result): Result {
  try {
    return create();
  } catch (error) {
    const code = codeOfSystemError(error, 'CANNOT_CREATE');
    throw new ToolError(code, `${path}: cannot write there: ${describeSystemError(error)}`, error);
  }
}
