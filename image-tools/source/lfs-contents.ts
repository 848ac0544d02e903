import { createHash } from 'node:crypto';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../base/errors.ts';
import { readPieces } from '../files/file-source.ts';
import { type GitClient, GitError } from './git-client.ts';
import type { LfsPointer } from './lfs-pointer.ts';
import { textOf } from './named-objects.ts';

/** A pointer in a tree: what is needed to put its content there. */
interface PlacedPointer extends LfsPointer {
  /** The id of the pointer itself, in hexadecimal. */
  readonly blob: string;
  /** Where it was first met, for messages. */
  readonly path: string;
}

/** Which contents to fetch. */
export interface LfsRequest {
  /** The remote by which git-lfs finds its server. */
  readonly address: string;
  readonly commit: string;
  /** The commit that has the settings for git-lfs. */
  readonly source: string;
  readonly pointers: readonly PlacedPointer[];
  /** Most bytes of all contents together. */
  readonly maxBytes: number;
}

const LACKS_LFS = /'lfs' is not a git command/;

/**
 * Fetches what pointers of a commit stand for, by git-lfs, into the repository of `git`, and gives by each
 * pointer's own id that of its content. `scratch` is that repository's folder.
 * @throws ToolError UNAVAILABLE without git-lfs, NO_INPUT for a content that it does not bring, LIMIT; GitError
 */
export async function fetchLfsContents(
  git: GitClient,
  scratch: string,
  { address, commit, source, pointers, maxBytes }: LfsRequest,
): Promise<Map<string, string>> {
  const sizes = new Map(pointers.map(({ sha256, size }) => [sha256, size]));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (total > maxBytes) {
    const words = `its Git LFS files take ${total} bytes, at most ${maxBytes} allowed (--max-pack)`;
    throw new ToolError('LIMIT', words);
  }
  await git.run(['config', 'remote.origin.url', address]);
  await git.run(['config', 'lfs.storage', 'lfs']);
  // What is hashed below is read once more, and then removed.
  await git.run(['config', 'core.looseCompression', '0']);
  // The settings that a repository brings for git-lfs are read from there.
  await git.run(['update-ref', '--no-deref', 'HEAD', source]);
  try {
    // With progress reports, a slow server can be told from a silent one.
    await git.run(['lfs', 'fetch', '--include=', '--exclude=', 'origin', commit], {
      env: { GIT_LFS_FORCE_PROGRESS: '1' },
    });
  } catch (error) {
    if (!(error instanceof GitError && LACKS_LFS.test(error.message))) throw error;
    const words = 'git-lfs is needed for --lfs: install it (Debian: apt-get install git-lfs)';
    throw new ToolError('UNAVAILABLE', words, error);
  }
  const files = pointers.map((pointer) => checkedFile(scratch, pointer));
  const list = join(scratch, 'lfs.list');
  writeFileSync(list, files.map((file) => `${file}\n`).join(''));
  const hash = ['hash-object', '-w', '-t', 'blob', '--no-filters', '--stdin-paths'];
  const ids = (await git.run(hash, { input: list })).split('\n');
  return new Map(pointers.map(({ blob }, i) => [blob, ids[i] as string]));
}

/** The file with a pointer's content, which is the one that it names. */
function checkedFile(scratch: string, { sha256, size, path }: PlacedPointer): string {
  const file = join(scratch, 'lfs/objects', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size !== size) {
    const words = `Git LFS did not deliver its content of ${size} bytes (sha256 ${sha256})`;
    throw new ToolError('NO_INPUT', `${textOf(path)}: ${words}`);
  }
  const hash = createHash('sha256');
  for (const piece of readPieces(file)) hash.update(piece);
  if (hash.digest('hex') === sha256) return file;
  throw new ToolError(
    'NO_INPUT',
    `${textOf(path)}: the content from Git LFS does not match its sha256`,
  );
}
