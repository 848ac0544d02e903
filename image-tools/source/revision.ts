import { ToolError } from '../base/errors.ts';

/** A `-b` argument taken apart. */
export interface Revision {
  /** What names a commit; undefined for the HEAD of the repository. */
  readonly commit: string | undefined;
  /** A folder of that commit, by its path from the top, without slashes at its ends; empty for all of it. */
  readonly folder: string;
}

/** A colon in braces is part of a date or of words: `main@{2020-01-01 10:00}`, `HEAD^{/fix: it}`. */
const WITH_FOLDER = /^((?:[^:{]|\{[^}]*\}|\{(?![^}]*\}))+):(.*)$/s;
/** `^{}`, `^{commit}` and `^0`: what a tag stands for, which is fetched in any case. */
const PEELED = /(?:\^\{(?:commit)?\}|\^0)$/;

/**
 * Takes `REV` or `REV:FOLDER` apart, as git writes them; `subtree` is a folder named by itself.
 * @throws ToolError USAGE for two folders, or one that leads out of the commit
 */
export function parseRevision(ref: string | undefined, subtree: string | undefined): Revision {
  const [, revision = ref, inner] = WITH_FOLDER.exec(ref ?? '') ?? [];
  if (inner !== undefined && subtree !== undefined) {
    throw new ToolError('USAGE', `-b ${ref} names a folder, and so does --subtree ${subtree}`);
  }
  const commit = revision === '@' ? 'HEAD' : revision?.replace(PEELED, '');
  return {
    commit: commit === '' ? undefined : commit,
    folder: checkFolder(subtree ?? inner ?? ''),
  };
}

function checkFolder(folder: string): string {
  const names = folder.split('/').filter((name) => name !== '' && name !== '.');
  if (!names.includes('..') && !folder.includes('\0')) return names.join('/');
  throw new ToolError(
    'USAGE',
    `${folder}: give the folder's path from the top of the commit, without ..`,
  );
}
