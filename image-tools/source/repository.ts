import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Idx, type Oid, parseOid } from '#format';
import { isAboutRoom, ToolError, type ToolErrorCode } from '../base/errors.ts';
import { openFileSource } from '../files/file-source.ts';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import { listCommit } from './commit-listing.ts';
import { type GitAddress, splitPassword } from './git-address.ts';
import { GitClient, GitError } from './git-client.ts';
import { isShortId, type RefPlace, type RemoteRef, resolveRef } from './git-ref.ts';
import type { ObjectList } from './objects.ts';
import { parseRevision } from './revision.ts';
import { spoolObjects } from './spool.ts';
import { commitFolder } from './subtree.ts';

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
  /** Seconds after which a silent server is given up, 0 for never; DEFAULT_TIMEOUT if undefined. */
  readonly timeout?: number | undefined;
  /** Seconds after which git is given up, 0 for never; DEFAULT_MAX_TIME if undefined. */
  readonly maxTime?: number | undefined;
  /** Bytes of the largest PACK that is received; DEFAULT_MAX_PACK if undefined. */
  readonly maxPack?: number | undefined;
  /** Told how many of the objects that the server sends have arrived. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told what takes longer than it need. */
  readonly onNote?: ((message: string) => void) | undefined;
  /** Told of each submodule, whose content stays out; may throw to refuse it. */
  readonly onSkip: (path: string, reason: string) => void;
}

/** One PACK on disk; paths in a folder that goes when the commit's user is done. */
interface PackFiles {
  readonly packFile: string;
  readonly idxFile: string;
}

/** One commit of a repository, with its trees and blobs. */
export interface FetchedCommit {
  readonly commit: Oid;
  readonly tree: Oid;
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
 * Fetches one commit with git's own client, no history, into a temporary folder, which is removed
 * behind `use` whatever happens.
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
      });
      return use(await fetchCommit(git, place.path, remote, options));
    });
  } catch (error) {
    if (error instanceof ToolError && error.code === 'LIMIT') {
      throw new ToolError('LIMIT', `${remote.address}: ${error.message}`, error);
    }
    if (!(error instanceof GitError)) throw error;
    throw new ToolError(codeOf(error, remote), `${remote.address}: ${error.message}`, error);
  }
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
  const source = await fetchRef(git, place, ref, options.onProgress);
  const id = subtree === '' ? source : await commitFolder(git, folder, source, subtree, address);
  const tree = await revParse(git, `${id}^{tree}`);
  const listFile = join(folder, 'objects.list');
  const { files, bytes, objects } = await listCommit(git, id, tree, listFile, options.onSkip);
  return {
    commit: parseOid(id) as Oid,
    tree: parseOid(tree) as Oid,
    files,
    bytes,
    objects,
    pack: () => packObjects(git, folder, listFile, objects),
    spool: () => spoolObjects(git, folder, listFile),
  };
}

/** git's own other side, for a repository of this machine: it is told to give any commit by its id. */
const UPLOAD_PACK = 'git -c uploadpack.allowAnySHA1InWant=true upload-pack';

/** A server that gives no part of its history, or no commit by its id, gives all of it. */
const NEEDS_ALL = /shallow|unadvertised object|not our ref/;
/**
 * Its progress also tells a slow server from a silent one. What a shallow repository has is all
 * that we want: that its history ends is no fault.
 */
const FETCH = ['fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--update-shallow'];
const RECEIVED = /Receiving objects: +\d+% \((\d+)\/(\d+)\)/g;

type OnProgress = RepositoryOptions['onProgress'];

/** Fetches what `ref` names and gives the id of the commit, behind a tag if it is one. */
async function fetchRef(
  git: GitClient,
  { address, gitDir }: RefPlace,
  ref: RemoteRef,
  onProgress: OnProgress,
): Promise<string> {
  // Whoever may read the repository may have any commit of it.
  const here = gitDir === undefined ? [] : [`--upload-pack=${UPLOAD_PACK}`];
  const from = [...here, '--', address];
  const shallow = !isShortId(ref) && (await fetchShallow(git, from, ref, onProgress));
  const everything = '+refs/*:refs/remote/*';
  if (!shallow) await fetch(git, [...from, ref.isId ? everything : ref.name], onProgress);
  const fetched = ref.isId ? ref.name : 'FETCH_HEAD';
  try {
    return await revParse(git, `${fetched}^{commit}`);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ToolError('NO_INPUT', `${address}: ${ref.name} is no commit there`, error);
  }
}

/** Fetches without history; false where the server gives all or nothing. */
async function fetchShallow(
  git: GitClient,
  from: readonly string[],
  ref: RemoteRef,
  onProgress: OnProgress,
): Promise<boolean> {
  try {
    await fetch(git, ['--depth=1', ...from, ref.name], onProgress);
    return true;
  } catch (error) {
    if (error instanceof GitError && NEEDS_ALL.test(error.message)) return false;
    throw error;
  }
}

async function fetch(git: GitClient, args: string[], onProgress: OnProgress): Promise<void> {
  await git.run([...FETCH, ...args], {
    onMessage: (text) => {
      const [, done, total] = [...text.matchAll(RECEIVED)].at(-1) ?? [];
      if (total !== undefined) onProgress?.(Number(done), Number(total));
    },
  });
}

/** The PACK that was received, if it holds just the objects listed; else one that git makes of them. */
async function packObjects(
  git: GitClient,
  folder: string,
  listFile: string,
  objects: number,
): Promise<PackFiles> {
  const received = readdirSync(join(folder, 'objects/pack')).filter((name) =>
    name.endsWith('.idx'),
  );
  const idxFile = join(folder, 'objects/pack', received[0] ?? '');
  if (received.length === 1 && countObjects(idxFile) === objects) {
    return { packFile: idxFile.replace(/idx$/, 'pack'), idxFile };
  }
  const base = join(folder, 'image');
  const name = await git.run(['pack-objects', '--quiet', '--delta-base-offset', base], {
    input: listFile,
  });
  return { packFile: `${base}-${name}.pack`, idxFile: `${base}-${name}.idx` };
}

async function revParse(git: GitClient, revision: string): Promise<string> {
  return git.run(['rev-parse', '--verify', '--quiet', revision]);
}

/** The folder that git itself would find in a local repository; undefined for a remote one. */
function localGitDir(address: string): string | undefined {
  if (!address.startsWith('/')) return undefined;
  const inner = join(address, '.git');
  return existsSync(inner) ? inner : address;
}

function countObjects(idxFile: string): number {
  const source = openFileSource(idxFile);
  try {
    return new Idx(source, Number.MAX_SAFE_INTEGER).count;
  } finally {
    source.close();
  }
}
