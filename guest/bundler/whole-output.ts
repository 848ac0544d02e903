import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, renameSync, rmSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Has a file made beside the place where it belongs, and puts it there once it is complete, with its map if there is
 * one: whoever looks finds the old file or the new one. What is there and is no file, as a device or a link, is
 * written as it is.
 * @param path where the file belongs; its folder is made if need be
 * @param mode of the file; if absent, that of the old one stays
 * @param make writes `file`, and perhaps `file.map`
 * @throws what `make` throws, in terms of `path`
 */
export async function makeWhole(
  path: string,
  mode: number | undefined,
  make: (file: string) => Promise<void>,
): Promise<void> {
  const old = oldFile(path);
  if (old !== undefined && !old.isFile()) {
    await make(path);
    if (mode !== undefined && old.isSymbolicLink()) chmodSync(path, mode);
    return;
  }
  const part = join(dirname(path), `.${basename(path)}-${randomBytes(6).toString('hex')}`);
  try {
    await make(part);
    const wanted = mode ?? old?.mode;
    if (wanted !== undefined) chmodSync(part, wanted);
    if (existsSync(`${part}.map`)) renameSync(`${part}.map`, `${path}.map`);
    renameSync(part, path);
  } catch (error) {
    // Where nothing can be, rmSync fails too.
    for (const file of [part, `${part}.map`]) if (existsSync(file)) rmSync(file, { force: true });
    if (error instanceof Error) error.message = error.message.replaceAll(part, path);
    throw error;
  }
}

/** What stands at a path; undefined also where it cannot be known, which whoever writes there is told. */
function oldFile(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
