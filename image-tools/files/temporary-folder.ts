import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import { FolderHandle, identityOf } from './folder-handle.ts';
import { type Janitor, watchOver } from './janitor.ts';
import { randomName } from './random-name.ts';

/** A temporary folder. */
export interface TemporaryFolder {
  /** Open. */
  readonly folder: FolderHandle;
  /** Where it was made, absolute: for programs that take nothing else. */
  readonly path: string;
  readonly janitor: Janitor;
  /**
   * Checks that it still stands at `path`, before and after a program has used that.
   * @throws ToolError CHANGED
   */
  checkPlace(): void;
}

const STICKY = 0o1000n;
const WORLD_WRITABLE = 0o002n;

/**
 * Gives `use` a new folder in the system's temporary folder. It is removed after `use`, or by the janitor if
 * this process dies.
 * @throws ToolError CANNOT_CREATE, also if others could put another folder in its place; what `use` throws
 */
export async function withTemporaryFolder<Result>(
  use: (temporary: TemporaryFolder) => Promise<Result>,
): Promise<Result> {
  // The janitor stands in another folder: a relative TMPDIR would lead it astray.
  const above = resolve(tmpdir());
  const name = `docteur-${randomName(8)}`;
  const path = join(above, name);
  const janitor = watchOver(path);
  try {
    const [parent, folder] = createFolder(above, name);
    try {
      const checkPlace = () => {
        const there = parent.stat(Buffer.from(name));
        if (there !== undefined && identityOf(there) === folder.identity) return;
        throw new ToolError('CHANGED', `${path}: another folder appeared there (TMPDIR)`);
      };
      return await use({ folder, path, janitor, checkPlace });
    } finally {
      folder.close();
      parent.close();
    }
  } finally {
    await janitor.finish();
  }
}

function createFolder(above: string, name: string): [FolderHandle, FolderHandle] {
  let parent: FolderHandle | undefined;
  try {
    parent = FolderHandle.open(Buffer.from(above));
    const { mode } = parent.statSelf();
    if ((mode & WORLD_WRITABLE) !== 0n && (mode & STICKY) === 0n) {
      const words = `${above}: anybody may replace files there; chmod +t it, or set another TMPDIR`;
      throw new ToolError('CANNOT_CREATE', words);
    }
    parent.makeFolder(Buffer.from(name), 0o700);
    return [parent, parent.folder(Buffer.from(name))];
  } catch (error) {
    parent?.close();
    if (error instanceof ToolError) throw error;
    const words = `${join(above, name)}: cannot create: ${describeSystemError(error)} (TMPDIR)`;
    throw new ToolError(codeOfSystemError(error, 'CANNOT_CREATE'), words, error);
  }
}
