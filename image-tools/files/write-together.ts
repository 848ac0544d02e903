import { closeSync, constants, fchmodSync, fsyncSync } from 'node:fs';
import { describeSystemError, ToolError } from '../base/errors.ts';
import { FileSink } from './file-sink.ts';
import type { FolderHandle } from './folder-handle.ts';
import { withStaging } from './staging.ts';

const { O_WRONLY, O_CREAT, O_EXCL } = constants;

/**
 * Writes files into a folder, which is made if it is missing: none appears before all are complete. Each takes the
 * place, and the permissions, of the file of its name. Only a crash of the machine can come in between.
 * @param files by their names, in the order in which they appear
 * @throws ToolError CANNOT_CREATE, IO (a full disk)
 */
export async function writeTogether(
  path: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  await withStaging(path, async (to, staging) => {
    for (const [name, content] of files) {
      attempt(path, name, () => writeOne(staging, to, Buffer.from(name), Buffer.from(content)));
    }
    for (const name of files.keys()) {
      attempt(path, name, () => staging.rename(Buffer.from(name), to, Buffer.from(name)));
    }
    to.sync();
  });
}

function writeOne(staging: FolderHandle, to: FolderHandle, name: Buffer, content: Buffer): void {
  const old = to.stat(name);
  if (old !== undefined && !old.isFile()) {
    const words = `${to.pathOf(name)}: cannot create: not a regular file`;
    throw new ToolError('CANNOT_CREATE', words);
  }
  const fd = staging.file(name, O_WRONLY | O_CREAT | O_EXCL);
  try {
    const sink = new FileSink(fd);
    sink.write(content);
    sink.flush();
    if (old !== undefined) fchmodSync(fd, Number(old.mode) & 0o777);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function attempt(path: string, name: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const words = `${path}: cannot write ${name}: ${describeSystemError(error)}`;
    throw new ToolError('IO', words, error);
  }
}
