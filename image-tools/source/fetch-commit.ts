import { ToolError } from '../base/errors.ts';
import { type GitClient, GitError } from './git-client.ts';
import { isShortId, type RemoteRef } from './git-ref.ts';

/** A server that gives no part of its history, or no commit by its id, gives all of it. */
const NEEDS_ALL = /shallow|unadvertised object|not our ref/;
/**
 * Its progress also tells a slow server from a silent one. What a shallow repository has is all
 * that we want: that its history ends is no fault.
 */
const FETCH = ['fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--update-shallow'];
const RECEIVED = /Receiving objects: +\d+% \((\d+)\/(\d+)\)/g;

/** Told how many of the objects that the server sends have arrived. */
export type OnFetched = ((done: number, total: number) => void) | undefined;

/**
 * Fetches what `ref` names, without history, and gives the id of the commit; tags are followed.
 * @throws ToolError NO_INPUT if it is not a commit; GitError
 */
export async function fetchRef(
  git: GitClient,
  address: string,
  ref: RemoteRef,
  onProgress: OnFetched,
): Promise<string> {
  const shallow = !isShortId(ref) && (await fetchShallow(git, address, ref, onProgress));
  const everything = '+refs/*:refs/remote/*';
  if (!shallow) await fetch(git, ['--', address, ref.isId ? everything : ref.name], onProgress);
  const fetched = ref.isId ? ref.name : 'FETCH_HEAD';
  try {
    return await git.run(['rev-parse', '--verify', '--quiet', `${fetched}^{commit}`]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ToolError('NO_INPUT', `${address}: ${ref.name} is not a commit`, error);
  }
}

/** Fetches without history; false where the server gives all or nothing. */
async function fetchShallow(
  git: GitClient,
  address: string,
  ref: RemoteRef,
  onProgress: OnFetched,
): Promise<boolean> {
  try {
    await fetch(git, ['--depth=1', '--', address, ref.name], onProgress);
    return true;
  } catch (error) {
    if (error instanceof GitError && NEEDS_ALL.test(error.message)) return false;
    throw error;
  }
}

async function fetch(git: GitClient, args: string[], onProgress: OnFetched): Promise<void> {
  await git.run([...FETCH, ...args], {
    onMessage: (text) => {
      const [, done, total] = [...text.matchAll(RECEIVED)].at(-1) ?? [];
      if (total !== undefined) onProgress?.(Number(done), Number(total));
    },
  });
}
