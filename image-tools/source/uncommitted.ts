import { copyFileSync, existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ToolError } from '../base/errors.ts';
import { type GitClient, GitError } from './git-client.ts';

/** Names of changed files that are listed: what `git update-index` finds as well. */
const CHANGED = ['diff-index', '--name-only', '-z', '--ignore-submodules=all'];
const UNKNOWN = 'ls-files --others --exclude-standard --directory --no-empty-directory -z'.split(
  ' ',
);

/** The folder that holds the index of a worktree: `.git` itself, or the one that the file `.git` names. */
function indexFolder(worktree: string): string | undefined {
  const inner = join(worktree, '.git');
  try {
    const named = /^gitdir: (.+)\n?$/.exec(readFileSync(inner, 'utf8'))?.[1];
    return named && resolve(worktree, named);
  } catch {
    return inner;
  }
}

/**
 * Whether a worktree holds what is not in `commit`: changes, staged or not, and files that git does not
 * know. The repository's own configuration is not used, so no program that it names is run: git works with
 * our repository, which has the commit, and a copy of the index.
 * @param folder of our repository
 * @returns undefined where there is no worktree, or no telling
 */
export async function hasUncommitted(
  git: GitClient,
  folder: string,
  commit: string,
  worktree: string,
): Promise<boolean | undefined> {
  const found = existsSync(join(worktree, '.git')) ? indexFolder(worktree) : undefined;
  if (found === undefined) return undefined;
  const index = join(folder, 'worktree.index');
  try {
    const own = join(found, 'index');
    const { atime, mtime } = statSync(own);
    copyFileSync(own, index);
    // Files that are no older than the index are compared by content.
    utimesSync(index, atime, mtime);
  } catch {
    return undefined;
  }
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: worktree };
  try {
    // Fails where something has changed.
    await git.run(['update-index', '-q', '--refresh'], { env }).catch(() => '');
    if ((await git.run([...CHANGED, commit], { env })) !== '') return true;
    const excludes = join(found, 'info/exclude');
    const more = existsSync(excludes) ? [`--exclude-from=${excludes}`] : [];
    return (await git.run([...UNKNOWN, ...more], { env })) !== '';
  } catch (error) {
    // More names than are read.
    if (error instanceof ToolError && error.code === 'LIMIT') return true;
    if (error instanceof GitError) return undefined;
    throw error;
  }
}
