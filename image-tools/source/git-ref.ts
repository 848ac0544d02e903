import { ToolError } from '../base/errors.ts';
import type { GitClient } from './git-client.ts';

/** What a `-b` argument turned out to be, as git's fetch takes it. */
export interface RemoteRef {
  /** A full name, or a commit's id. */
  readonly name: string;
  /** An id that the server may refuse to give by itself. */
  readonly isId: boolean;
}

const FULL_ID = /^[0-9a-f]{40}$/;
const SHORT_ID = /^[0-9a-f]{4,39}$/;

/** How `git ls-remote` shows an object of a repository whose ids are SHA-256. */
const SHA256_LINE = /^[0-9a-f]{64}\t/;

/**
 * Asks the remote what `ref` names: a full ref, a branch, a tag, or a commit's id, in this order;
 * its HEAD if undefined.
 * @throws ToolError NO_INPUT if it names nothing there, REFUSED if ids there are SHA-256; GitError
 */
export async function resolveRef(
  git: GitClient,
  address: string,
  ref: string | undefined,
): Promise<RemoteRef> {
  const candidates = ref === undefined ? ['HEAD'] : namesOf(ref);
  // HEAD tells which ids the repository has, also where nothing else is found.
  const listed = await git.run(['ls-remote', '--quiet', '--', address, 'HEAD', ...candidates]);
  if (SHA256_LINE.test(listed)) {
    throw new ToolError('REFUSED', `${address}: a SHA-256 repository: images hold SHA-1 objects`);
  }
  const names = new Set(listed.split('\n').map((line) => line.split('\t')[1]));
  const name = candidates.find((candidate) => names.has(candidate));
  if (name !== undefined) return { name, isId: false };
  const id = ref?.toLowerCase() ?? '';
  if (FULL_ID.test(id) || SHORT_ID.test(id)) return { name: id, isId: true };
  if (ref !== undefined) {
    throw new ToolError('NO_INPUT', `${address}: no branch, tag or commit ${ref}`);
  }
  const isEmpty = (await git.run(['ls-remote', '--quiet', '--', address])) === '';
  const words = isEmpty
    ? 'the repository has no commit'
    : 'its HEAD names no commit: choose one with -b';
  throw new ToolError('NO_INPUT', `${address}: ${words}`);
}

/** Whether `ref` is an id cut short, which only a whole repository can complete. */
export function isShortId(ref: RemoteRef): boolean {
  return ref.isId && !FULL_ID.test(ref.name);
}

function namesOf(ref: string): string[] {
  if (ref.startsWith('refs/') || ref === 'HEAD') return [ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
}
