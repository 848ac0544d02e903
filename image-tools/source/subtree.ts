import { ToolError } from '../base/errors.ts';
import { type GitClient, GitError } from './git-client.ts';
import { rewriteCommit } from './rewrite-commit.ts';

/**
 * Makes a commit of one folder of the commit `source`, in the repository of `git`, and gives its id.
 * @throws ToolError NO_INPUT if there is no such folder; GitError
 */
export async function commitFolder(
  git: GitClient,
  scratch: string,
  source: string,
  folder: string,
  address: string,
): Promise<string> {
  return rewriteCommit(git, scratch, source, await treeOfFolder(git, source, folder, address));
}

async function treeOfFolder(
  git: GitClient,
  source: string,
  folder: string,
  address: string,
): Promise<string> {
  let type: string;
  try {
    type = await git.run(['cat-file', '-t', `${source}:${folder}`]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ToolError('NO_INPUT', `${address}: no folder ${folder} in this commit`, error);
  }
  if (type === 'tree') return git.run(['rev-parse', '--verify', '--quiet', `${source}:${folder}`]);
  const what = type === 'commit' ? 'a submodule' : 'a file';
  throw new ToolError('NO_INPUT', `${address}: ${folder} is ${what}, not a folder`);
}
