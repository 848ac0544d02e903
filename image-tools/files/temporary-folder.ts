import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import { type Janitor, watchOver } from './janitor.ts';

/**
 * Gives `use` a new folder of its own among the system's temporary ones, by an absolute path; it is
 * removed behind `use`, and by `janitor` if we die.
 * @throws ToolError CANNOT_CREATE, and what `use` throws
 */
export async function withTemporaryFolder<Result>(
  use: (folder: string, janitor: Janitor) => Promise<Result>,
): Promise<Result> {
  // The janitor stands in another folder: a relative TMPDIR would lead it astray.
  const folder = join(resolve(tmpdir()), `docteur-${randomBytes(8).toString('hex')}`);
  const janitor = watchOver(folder);
  try {
    createFolder(folder);
    return await use(folder, janitor);
  } finally {
    await janitor.finish();
  }
}

function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const words = `${folder}: cannot create: ${describeSystemError(error)} (TMPDIR)`;
    throw new ToolError(codeOfSystemError(error, 'CANNOT_CREATE'), words, error);
  }
}
