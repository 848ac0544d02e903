import { basename, dirname } from 'node:path';
import { isSystemError } from '../base/errors.ts';
import { FolderHandle } from './folder-handle.ts';
import type { FolderPlace } from './janitor.ts';

/** A folder that is open, and what had to be made for it. */
export interface MadeFolders {
  readonly folder: FolderHandle;
  /** The folders that were made, the innermost first. */
  readonly places: readonly FolderPlace[];
  /** Removes what was made and is empty. */
  remove(): void;
  close(): void;
}

/**
 * Opens the folder at a path; it, and those above it, are made where they are missing, each by its parent's descriptor.
 * @param path absolute
 * @throws the system's errors: what was made is removed then
 */
export function makeFolders(path: string): MadeFolders {
  const missing: string[] = [];
  let folder = openNearest(path, missing);
  const made: { readonly parent: FolderHandle; readonly name: Buffer }[] = [];
  const remove = () => {
    for (const { parent, name } of made) {
      try {
        parent.removeFolder(name);
      } catch (error) {
        // Others have put something into it.
        if (!(error instanceof Error && 'syscall' in error)) throw error;
        return;
      }
    }
  };
  const close = () => {
    folder.close();
    for (const { parent } of made.splice(0)) parent.close();
  };
  try {
    for (const name of missing.map((name) => Buffer.from(name))) {
      const parent = folder;
      const isNew = makeOne(parent, name);
      if (isNew) made.unshift({ parent, name });
      folder = parent.folder(name);
      if (!isNew) parent.close();
    }
  } catch (error) {
    remove();
    close();
    throw error;
  }
  const places = made.map(({ parent, name }) => ({ fd: parent.descriptor, name }));
  return { folder, places, remove, close };
}

/** Opens the nearest folder that is there; the names that are missing below it go into `missing`. */
function openNearest(path: string, missing: string[]): FolderHandle {
  for (let there = path; ; there = dirname(there)) {
    try {
      return FolderHandle.open(Buffer.from(there));
    } catch (error) {
      if (!isSystemError(error, 'ENOENT') || there === dirname(there)) throw error;
      missing.unshift(basename(there));
    }
  }
}

/** Whether the folder was not there. */
function makeOne(parent: FolderHandle, name: Buffer): boolean {
  try {
    parent.makeFolder(name, 0o777);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
}
