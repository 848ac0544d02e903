import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLatin1 } from '#format';
import type { GitClient } from './git-client.ts';

/** Headers that say who, when and in which encoding; a signature would not hold for another tree. */
const KEPT = new Set(['author', 'committer', 'encoding']);

/**
 * Makes a commit of another tree, in the repository of `git`, and gives its id: by the same people at the
 * same times with the same message as `source`, byte for byte, without parents. `scratch` is a folder for
 * files in between.
 * @throws GitError
 */
export async function rewriteCommit(
  git: GitClient,
  scratch: string,
  source: string,
  tree: string,
): Promise<string> {
  const before = join(scratch, `commit-${source}`);
  const after = join(scratch, `commit-of-${tree}`);
  await git.run(['cat-file', 'commit', source], { output: before });
  writeFileSync(after, withTree(readFileSync(before), tree));
  // Also where a person's line is one that git would not write.
  return git.run(['hash-object', '-w', '-t', 'commit', '--literally', '--no-filters', after]);
}

/** The content of a commit, with another tree. */
export function withTree(content: Uint8Array, tree: string): Uint8Array {
  const text = decodeLatin1(content);
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n') + 1;
  const head = end > 0 ? text.slice(0, end) : text;
  // A line that begins with a space goes on with the header above it.
  const kept = head
    .match(/^[^ \n]+ [^\n]*\n?(?: [^\n]*\n?)*/gm)
    ?.filter((header) => KEPT.has(header.slice(0, header.indexOf(' '))));
  const rest = end > 0 ? text.slice(end) : '';
  return Buffer.from(`tree ${tree}\n${(kept ?? []).join('')}${rest}`, 'latin1');
}
