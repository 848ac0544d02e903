import { ToolError } from '../errors.ts';
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

/**
 * Asks the remote what `ref` names: a full ref, a branch, a tag, or a commit's id, in this order;
 * its HEAD if undefined.
 * @throws ToolError NO_INPUT if it names nothing there; GitError
 */
export async function resolveRef(
  git: GitClient,
  address: string,
  ref: string | undefined,
): Promise<RemoteRef> {
  const wanted = ref ?? 'HEAD';
  const candidates = ref === undefined ? ['HEAD'] : namesOf(ref);
  const listed = await git.run(['ls-remote', '--quiet', '--', address, ...candidates]);
  const names = new Set(listed.split('\n').map((line) => line.split('\t')[1]));
  const name = candidates.find((candidate) => names.has(candidate));
  if (name !== undefined) return { name, isId: false };
  if (FULL_ID.test(wanted) || SHORT_ID.test(wanted)) return { name: wanted, isId: true };
  throw new ToolError(
    'NO_INPUT',
    ref === undefined
      ? `${address}: the repository has no commit`
      : `${address}: no branch, tag or commit ${ref}`,
  );
}

/** Whether `ref` is an id cut short, which only a whole repository can complete. */
export function isShortId(ref: RemoteRef): boolean {
  return ref.isId && !FULL_ID.test(ref.name);
}

function namesOf(ref: string): string[] {
  if (ref.startsWith('refs/') || ref === 'HEAD') return [ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
}
