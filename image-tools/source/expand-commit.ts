import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLatin1 } from '#format';
import { ToolError } from '../base/errors.ts';
import { type CommitListing, listCommit } from './commit-listing.ts';
import { fetchRef, type OnFetched } from './fetch-commit.ts';
import { type GitAddress, splitPassword } from './git-address.ts';
import { type GitClient, GitError } from './git-client.ts';
import { fetchLfsContents } from './lfs-contents.ts';
import { textOf } from './named-objects.ts';
import { rewriteCommit } from './rewrite-commit.ts';
import {
  readSubmodules,
  resolveSubmoduleUrl,
  type SubmoduleSettings,
} from './submodule-address.ts';

/** What to put into a commit's place. */
export interface ExpandOptions {
  /** The contents of Git LFS's pointers. */
  readonly lfs: boolean;
  /** Submodules, at the commits that are recorded, each as a folder. */
  readonly submodules: boolean;
  /** Most bytes of a repository's contents in Git LFS. */
  readonly maxBytes: number;
  readonly onProgress: OnFetched;
}

/** A repository that a commit came from. */
export interface CommitOrigin {
  readonly remote: GitAddress;
  /** Its own folder, where that is on this machine. */
  readonly gitDir: string | undefined;
  /** The commit that has the settings, and the folder of it that this one is, where it is a part. */
  readonly source?: string;
  readonly folder?: string;
}

const MAX_NESTING = 16;
const MAX_SUBMODULES = 1000;
/** Files of a commit that is made anew, in git's index. */
const MAX_FILES = 4_000_000;
const SUBMODULE = '160000';

/**
 * Makes a commit with what stands in `commit` for something else: by the same people, with the same message,
 * in the repository of `git`, whose folder is `scratch`. Gives its id, or that of `commit` where nothing does.
 * @throws ToolError REFUSED, NO_INPUT, UNAVAILABLE, LIMIT; GitError
 */
export async function expandCommit(
  git: GitClient,
  scratch: string,
  commit: string,
  origin: CommitOrigin,
  options: ExpandOptions,
): Promise<string> {
  const expansion = new Expansion(scratch, options);
  await expansion.add({ ...origin, git, commit, prefix: '', nesting: 0 });
  if (!expansion.hasChanged) return commit;
  return rewriteCommit(git, scratch, commit, await expansion.writeTree(git));
}

/** A commit whose files go below a path. */
interface Part extends CommitOrigin {
  readonly git: GitClient;
  readonly commit: string;
  /** Empty, or ends in a slash; each byte as one character. */
  readonly prefix: string;
  readonly nesting: number;
}

class Expansion {
  hasChanged = false;
  readonly #scratch: string;
  readonly #options: ExpandOptions;
  /** Lines for `git update-index --index-info`, each byte as one character. */
  readonly #lines: string[] = [];
  #parts = 0;

  constructor(scratch: string, options: ExpandOptions) {
    this.#scratch = scratch;
    this.#options = options;
  }

  /** Adds the files of a commit, and what stands for more of them. */
  async add(part: Part): Promise<void> {
    const { git, commit, prefix, nesting, source = commit, folder = '' } = part;
    this.#parts += 1;
    if (nesting > MAX_NESTING || this.#parts > MAX_SUBMODULES) {
      const words = `more than ${MAX_NESTING} nested submodules, or ${MAX_SUBMODULES} in all`;
      throw new ToolError('LIMIT', words);
    }
    const tree = await git.run(['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]);
    const file = join(this.#scratch, `part-${this.#parts}`);
    const listing = await listCommit(git, commit, tree, `${file}.list`);
    if (this.#lines.length + listing.files > MAX_FILES) {
      throw new ToolError('LIMIT', `more than ${MAX_FILES} files, with --lfs or --submodules`);
    }
    const contents = await this.#fetchContents(part, listing);
    const settings =
      this.#options.submodules && listing.submodules.length > 0
        ? await readSubmodules(git, source)
        : new Map<string, SubmoduleSettings>();
    await git.run(['ls-tree', '-r', '-z', '--full-tree', tree], { output: `${file}.tree` });
    for await (const line of recordsOf(`${file}.tree`)) {
      const [, mode = '', id = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      if (mode === SUBMODULE && this.#options.submodules) {
        this.hasChanged = true;
        await this.#addSubmodule(part, settings.get(join(folder, textOf(path))), path, id);
      } else {
        const content = contents.get(id);
        this.hasChanged ||= content !== undefined && mode !== SUBMODULE;
        this.#lines.push(`${mode} ${content ?? id}\t${prefix}${path}\0`);
      }
    }
  }

  async writeTree(git: GitClient): Promise<string> {
    const file = join(this.#scratch, 'index.info');
    writeFileSync(file, this.#lines.join(''), 'latin1');
    const env = { GIT_INDEX_FILE: join(this.#scratch, 'index') };
    await git.run(['update-index', '-z', '--index-info'], { input: file, env });
    return git.run(['write-tree'], { env });
  }

  async #fetchContents(
    { git, commit, source = commit, remote }: Part,
    { pointers }: CommitListing,
  ): Promise<Map<string, string>> {
    if (!this.#options.lfs || pointers.length === 0) return new Map();
    const { maxBytes } = this.#options;
    const { address } = remote;
    return fetchLfsContents(git, this.#scratch, { address, commit, source, pointers, maxBytes });
  }

  async #addSubmodule(
    outer: Part,
    settings: SubmoduleSettings | undefined,
    path: string,
    commit: string,
  ): Promise<void> {
    const full = `${outer.prefix}${path}`;
    try {
      if (settings === undefined) throw new ToolError('REFUSED', 'not in .gitmodules');
      const inner = await this.#fetchSubmodule(outer, settings, commit);
      await this.add({ ...inner, commit, prefix: `${full}/`, nesting: outer.nesting + 1 });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (error instanceof GitError) {
        throw new ToolError('UNAVAILABLE', `submodule ${textOf(full)}: ${words}`, error);
      }
      if (!(error instanceof ToolError)) throw error;
      throw new ToolError(error.code, `submodule ${textOf(full)}: ${words}`, error);
    }
  }

  /** Fetches a submodule's commit: from what the outer repository has of it already, or its address. */
  async #fetchSubmodule(
    outer: Part,
    { name, url }: SubmoduleSettings,
    commit: string,
  ): Promise<CommitOrigin & Pick<Part, 'git'>> {
    const ref = { name: commit, isId: true };
    const { onProgress } = this.#options;
    const known = await moduleFolder(outer, name);
    if (known !== undefined) {
      const remote = splitPassword(known);
      const git = outer.git.forRemote(remote);
      try {
        await fetchRef(git, known, ref, onProgress);
        // What it has in Git LFS is where it came from.
        const from = await originOf(git, known);
        return { git, remote: splitPassword(from ?? known), gitDir: known };
      } catch (error) {
        if (!(error instanceof GitError || error instanceof ToolError)) throw error;
      }
    }
    const base = (await originOf(outer.git, outer.gitDir)) ?? outer.remote.address;
    const remote = withLogin(splitPassword(resolveSubmoduleUrl(base, url)), outer.remote);
    const git = outer.git.forRemote(remote, await protocolsOf(outer.git));
    await fetchRef(git, remote.address, ref, onProgress);
    return { git, remote, gitDir: undefined };
  }
}

/** The folder in which a repository on this machine keeps the submodule of this name, if it has it. */
async function moduleFolder({ git, gitDir }: Part, name: string): Promise<string | undefined> {
  if (gitDir === undefined || name.split('/').includes('..')) return undefined;
  const args = ['rev-parse', '--path-format=absolute', '--git-common-dir'];
  const folder = join(await git.run([`--git-dir=${gitDir}`, ...args]), 'modules', name);
  return existsSync(join(folder, 'HEAD')) ? folder : undefined;
}

/** Where a repository on this machine was cloned from. */
async function originOf(git: GitClient, gitDir: string | undefined): Promise<string | undefined> {
  if (gitDir === undefined) return undefined;
  try {
    return await git.run([`--git-dir=${gitDir}`, 'config', '--get', 'remote.origin.url']);
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}

/**
 * A repository must not name another one of this machine as its submodule: its files would get into the
 * image. Git's own rule, and its own way to allow it.
 */
async function protocolsOf(git: GitClient): Promise<Readonly<Record<string, string>>> {
  let setting = '';
  try {
    setting = await git.run(['config', '--get', 'protocol.file.allow']);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
  }
  return setting === 'always' ? {} : { GIT_ALLOW_PROTOCOL: 'git:http:https:ssh' };
}

/** The login of the outer repository, where the submodule is on the same host. */
function withLogin(inner: GitAddress, outer: GitAddress): GitAddress {
  if (inner.password !== undefined || outer.password === undefined) return inner;
  const place = /^(https?):\/\/(?:[^/@]*@)?([^/?#]+)/.exec(inner.address);
  if (place?.[1] !== outer.protocol || place?.[2] !== outer.host) return inner;
  const { username, password, protocol, host } = outer;
  return { ...inner, username, password, protocol, host };
}

async function* recordsOf(file: string): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const piece of createReadStream(file)) {
    const records = (rest + decodeLatin1(piece as Buffer)).split('\0');
    rest = records.pop() as string;
    yield* records;
  }
}
