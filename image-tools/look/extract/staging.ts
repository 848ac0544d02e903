import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeOfSystemError, describeSystemError, ToolError } from '../../base/errors.ts';
import { FolderHandle } from '../../files/folder-handle.ts';
import { watchOver } from '../../files/janitor.ts';
import { randomName } from '../../files/random-name.ts';

/**
 * Opens the folder that things are extracted into, made if it is missing, and gives `use` a new folder
 * in it that only we may enter. That one is removed behind `use`, and by a janitor if we die.
 * @throws ToolError CANNOT_CREATE, and what `use` throws
 */
export async function withStaging<Result>(
  path: string,
  use: (to: FolderHandle, staging: FolderHandle) => Promise<Result>,
): Promise<Result> {
  const place = resolve(path);
  const to = creating(path, () => {
    mkdirSync(place, { recursive: true });
    return FolderHandle.open(Buffer.from(place));
  });
  const name = `.docteur-${randomName(8)}.tmp`;
  const janitor = watchOver(join(place, name));
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
    to.close();
    await janitor.finish();
  }
}

function creating<Result>(path: string, create: () => Result): Result {
  try {
    return create();
  } catch (error) {
    const code = codeOfSystemError(error, 'CANNOT_CREATE');
    throw new ToolError(
      code,
      `${path}: cannot extract there: ${describeSystemError(error)}`,
      error,
    );
  }
}
