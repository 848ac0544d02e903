import { ToolError } from '../base/errors.ts';
import { type GitClient, GitError } from './git-client.ts';

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

/** Where to look for a commit. */
export interface RefPlace {
  /** What git's client takes. */
  readonly address: string;
  /** The repository's own folder, where that is on this machine: git resolves any revision there. */
  readonly gitDir: string | undefined;
}

/**
 * Asks the remote what `ref` names: a full ref, a branch, a tag, or a commit's id, in this order, and on
 * this machine whatever git calls a revision; its HEAD if undefined.
 * @throws ToolError NO_INPUT if it names nothing there, REFUSED if ids there are SHA-256; GitError
 */
export async function resolveRef(
  git: GitClient,
  { address, gitDir }: RefPlace,
  ref: string | undefined,
): Promise<RemoteRef> {
  const candidates = ref === undefined ? ['HEAD'] : namesOf(ref);
  // HEAD tells which ids the repository has, also where nothing else is found.
  const listed = await git.run(['ls-remote', '--quiet', '--', address, 'HEAD', ...candidates]);
  if (SHA256_LINE.test(listed)) {
    throw new ToolError('REFUSED', `${address}: SHA-256 repositories are not supported`);
  }
  const names = new Set(listed.split('\n').map((line) => line.split('\t')[1]));
  const name = candidates.find((candidate) => names.has(candidate));
  if (name !== undefined) return { name, isId: false };
  if (ref === undefined) throw await withoutHead(git, address);
  const id = ref.toLowerCase();
  if (FULL_ID.test(id)) return { name: id, isId: true };
  if (gitDir !== undefined)
    return { name: await resolveHere(git, gitDir, address, ref), isId: true };
  if (SHORT_ID.test(id)) return { name: id, isId: true };
  const hint = REVISION.test(ref)
    ? '; such revisions work only with a repository on this machine'
    : '';
  throw new ToolError('NO_INPUT', `${address}: no branch, tag or commit ${ref}${hint}`);
}

/** Signs that no name has, and revisions have: `HEAD~1`, `main@{1}`, `v1^2`. */
const REVISION = /[~^]|@\{/;

/** The id of the commit that `ref` names in a repository of this machine, as git reads revisions. */
async function resolveHere(
  git: GitClient,
  gitDir: string,
  address: string,
  ref: string,
): Promise<string> {
  try {
    // It would be an option to git.
    if (ref.startsWith('-')) throw new GitError('no revision');
    const options = ['--verify', '--quiet', '--end-of-options'];
    return await git.run([`--git-dir=${gitDir}`, 'rev-parse', ...options, `${ref}^{commit}`], {
      // Its settings must not send us anywhere for an object that a partial clone lacks.
      env: { GIT_ALLOW_PROTOCOL: '', GIT_NO_LAZY_FETCH: '1' },
    });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ToolError('NO_INPUT', `${address}: no branch, tag or commit ${ref}`, error);
  }
}

async function withoutHead(git: GitClient, address: string): Promise<ToolError> {
  const isEmpty = (await git.run(['ls-remote', '--quiet', '--', address])) === '';
  const words = isEmpty
    ? 'the repository has no commit'
    : 'its HEAD names no commit; choose one with -b';
  return new ToolError('NO_INPUT', `${address}: ${words}`);
}

/** Whether `ref` is an id cut short, which only a whole repository can complete. */
export function isShortId(ref: RemoteRef): boolean {
  return ref.isId && !FULL_ID.test(ref.name);
}

function namesOf(ref: string): string[] {
  if (ref.startsWith('refs/') || ref === 'HEAD') return [ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
}
