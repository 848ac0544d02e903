import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCommit, locateError, type Oid, oidToHex, parseOid } from '#format';
import { isAboutRoom, ToolError, type ToolErrorCode } from '../base/errors.ts';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import { type CommitListing, listCommit } from './commit-listing.ts';
import { type CommitOrigin, expandCommit } from './expand-commit.ts';
import { fetchRef, type OnFetched } from './fetch-commit.ts';
import { type GitAddress, splitPassword } from './git-address.ts';
import { GitClient, GitError } from './git-client.ts';
import { type PackFiles, packOfGit } from './git-pack.ts';
import { isShortId, resolveRef } from './git-ref.ts';
import { textOf } from './named-objects.ts';
import type { ObjectList } from './objects.ts';
import { parseRevision } from './revision.ts';
import { spoolObjects } from './spool.ts';
import { commitFolder } from './subtree.ts';
import { hasUncommitted } from './uncommitted.ts';

/** Longest silence of a server, in seconds: preparing a large PACK, it reports every few. */
export const DEFAULT_TIMEOUT = 300;

/** Longest time that git may take in all, in seconds, and the largest PACK that it may receive, in bytes. */
export const DEFAULT_MAX_TIME = 4 * 3600;
export const DEFAULT_MAX_PACK = 2 ** 36;

/**
 * Address space of one process of git's, in bytes: several threads hold objects of up to 512 MiB; a
 * reference that a server lists takes some 200 bytes.
 */
const GIT_MEMORY = 2 ** 32;

/** Which commit to fetch, and from where. */
export interface RepositoryOptions {
  /** What git's client understands; http and https may hold a password. */
  readonly address: string;
  /** A branch, tag or commit, of which `:FOLDER` may follow; the remote's HEAD if undefined. */
  readonly ref: string | undefined;
  /** A folder of the commit that is to become an image of its own. */
  readonly subtree?: string | undefined;
  /** Put the contents of Git LFS's pointers, and submodules, into their places: the commit becomes another. */
  readonly lfs?: boolean | undefined;
  readonly submodules?: boolean | undefined;
  /** Seconds after which a silent server is given up, 0 for never; DEFAULT_TIMEOUT if undefined. */
  readonly timeout?: number | undefined;
  /** Seconds after which git is given up, 0 for never; DEFAULT_MAX_TIME if undefined. */
  readonly maxTime?: number | undefined;
  /** Bytes of the largest PACK that is received; DEFAULT_MAX_PACK if undefined. */
  readonly maxPack?: number | undefined;
  /** Gives git up. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many of the objects that the server sends have arrived. */
  readonly onProgress?: OnFetched;
  /** Called with advice on what would be faster. */
  readonly onNote?: ((message: string) => void) | undefined;
  /** Told of each submodule, whose content stays out; may throw to refuse it. */
  readonly onSkip: (path: string, reason: string) => void;
  /** Told of files that are pointers of Git LFS; may throw to refuse them. */
  readonly onPointer?: ((path: string) => void) | undefined;
}

/** One commit of a repository, with its trees and blobs. */
export interface FetchedCommit {
  readonly commit: Oid;
  readonly tree: Oid;
  /** The id of the commit that was asked for, in hexadecimal. */
  readonly source: string;
  /** Whether the repository's worktree holds what is not in it; undefined where HEAD was not asked for. */
  readonly uncommitted: boolean | undefined;
  /** How many submodules are left out, and how many files are pointers of Git LFS. */
  readonly submodules: number;
  readonly pointers: number;
  readonly files: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Number of objects. */
  readonly objects: number;
  /** One PACK of exactly the commit, its trees and its blobs: as it was received, if it is that. */
  pack(): Promise<PackFiles>;
  /** The contents of all objects in one file, to be packed anew. */
  spool(): Promise<ObjectList>;
}

/**
 * Fetches one commit with git's own client, without history, into a temporary folder, which is removed
 * after `use`, even if that fails.
 * @throws ToolError NO_INPUT (no such repository or ref), REFUSED (SHA-256), UNAVAILABLE, USAGE, IO,
 * CANNOT_CREATE; what `use` throws
 */
export async function withFetchedCommit<Result>(
  options: RepositoryOptions,
  use: (fetched: FetchedCommit) => Promise<Result>,
): Promise<Result> {
  const remote = splitPassword(options.address);
  try {
    return await withTemporaryFolder(async (place) => {
      const git = new GitClient(place, remote, {
        timeout: options.timeout ?? DEFAULT_TIMEOUT,
        maxTime: options.maxTime ?? DEFAULT_MAX_TIME,
        maxPack: options.maxPack ?? DEFAULT_MAX_PACK,
        memory: GIT_MEMORY,
        signal: options.signal,
      });
      return use(await fetchCommit(git, place.path, remote, options));
    });
  } catch (error) {
    if (error instanceof ToolError && error.code === 'LIMIT') {
      throw new ToolError('LIMIT', `${remote.address}: ${error.message}`, error);
    }
    if (!(error instanceof GitError)) throw error;
    const words = `${remote.address}: ${error.message}${adviceOf(error, remote)}`;
    throw new ToolError(codeOf(error, remote), words, error);
  }
}

/** What git asks for elsewhere it does not get: the user should know why. */
function adviceOf({ message }: GitError, { password, protocol, host }: GitAddress): string {
  const asked = /could not read (?:Username|Password) for '([^']+)'/.exec(message)?.[1];
  if (password === undefined || asked === undefined) return '';
  return `; the login in the address is for ${protocol}://${host} alone`;
}

function codeOf(error: GitError, { address }: GitAddress): ToolErrorCode {
  if (isAboutRoom(error.message)) return 'IO';
  return address.startsWith('/') ? 'NO_INPUT' : 'UNAVAILABLE';
}

async function fetchCommit(
  git: GitClient,
  folder: string,
  remote: GitAddress,
  options: RepositoryOptions,
): Promise<FetchedCommit> {
  const { address } = remote;
  await git.run(['init', '--quiet', '--bare', folder]);
  const { commit: revision, folder: subtree } = parseRevision(options.ref, options.subtree);
  const place = { address, gitDir: localGitDir(address) };
  const ref = await resolveRef(git, place, revision);
  if (isShortId(ref)) {
    const advice = 'give all 40 digits to fetch one commit';
    options.onNote?.(`${address}: fetching all history to complete the id ${ref.name}: ${advice}`);
  }
  const source = await fetchRef(git, address, ref, options.onProgress);
  const part = subtree === '' ? source : await commitFolder(git, folder, source, subtree, address);
  const origin = { remote, gitDir: place.gitDir, source, folder: subtree };
  const id = await expand(git, folder, part, origin, options);
  const tree = await checkCommit(git, folder, id);
  const listFile = join(folder, 'objects.list');
  const listing = await listCommit(git, id, tree, listFile);
  reportStandIns(listing, options);
  const { files, bytes, objects, contentBytes, submodules, pointers } = listing;
  const maxBytes = options.maxPack ?? DEFAULT_MAX_PACK;
  const ofHead = options.ref === undefined && address.startsWith('/');
  return {
    source,
    uncommitted: ofHead ? await hasUncommitted(git, folder, source, address) : undefined,
    submodules: submodules.length,
    pointers: pointers.length,
    commit: parseOid(id) as Oid,
    tree: parseOid(tree) as Oid,
    files,
    bytes,
    objects,
    pack: () => packOfGit(git, folder, listFile, objects, id === source),
    spool: () => spoolObjects(git, folder, listFile, { objects, contentBytes, maxBytes }),
  };
}

function expand(
  git: GitClient,
  folder: string,
  commit: string,
  origin: CommitOrigin,
  { lfs = false, submodules = false, maxPack = DEFAULT_MAX_PACK, onProgress }: RepositoryOptions,
): Promise<string> | string {
  if (!lfs && !submodules) return commit;
  return expandCommit(git, folder, commit, origin, {
    lfs,
    submodules,
    maxBytes: maxPack,
    onProgress,
  });
}

/** Decodes the commit `id` as readers do, and gives the id of its tree. @throws FormatError, GitError */
async function checkCommit(git: GitClient, folder: string, id: string): Promise<string> {
  const file = join(folder, 'commit');
  await git.run(['cat-file', 'commit', id], { output: file });
  try {
    return oidToHex(decodeCommit(readFileSync(file)).tree);
  } catch (error) {
    throw locateError(error, { oid: id });
  }
}

/** Most that are named one by one. */
const MAX_NAMED = 20;

/** Reports submodules and LFS pointers, which are stored as they are. */
function reportStandIns(
  { submodules, pointers }: CommitListing,
  { onSkip, onPointer, onNote }: RepositoryOptions,
): void {
  for (const { path } of submodules.slice(0, MAX_NAMED)) onSkip(textOf(path), 'a submodule');
  if (submodules.length > 0) {
    onNote?.(`submodules left out: ${submodules.length} (--submodules packs them too)`);
  }
  for (const { path } of pointers.slice(0, MAX_NAMED)) onPointer?.(textOf(path));
  if (pointers.length > 0) {
    onNote?.(`Git LFS pointers: ${pointers.length} (--lfs packs their content)`);
  }
}

/** The folder that git itself would find in a local repository; undefined for a remote one. */
function localGitDir(address: string): string | undefined {
  if (!address.startsWith('/')) return undefined;
  const inner = join(address, '.git');
  return existsSync(inner) ? inner : address;
}
