import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { mountPointsBelow } from '../../image-tools/mount/mount-table.ts';

/**
 * Copies what git knows of the tree, changes that are not committed included, and the packages by
 * hard links: building writes no file of a package in place. Gives the folder, which the caller removes.
 * It lies in build/, for links to the packages need the same file system.
 */
export function copyTree(root: string): string {
  const build = join(root, 'build');
  mkdirSync(build, { recursive: true });
  const copy = mkdtempSync(join(build, 'mutants-'));
  // Some tests go on as a user who owns nothing of it.
  chmodSync(copy, 0o755);
  const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root });
  for (const path of list.toString().split('\0')) {
    const from = join(root, path);
    if (path === '' || !existsSync(from)) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(from, join(copy, path), { verbatimSymlinks: true });
  }
  execFileSync('cp', ['-al', join(root, 'node_modules'), join(copy, 'node_modules')]);
  if (existsSync(join(root, '.tap'))) {
    cpSync(join(root, '.tap'), join(copy, '.tap'), { recursive: true, verbatimSymlinks: true });
  }
  const nodes = join(build, 'nodes');
  if (existsSync(nodes)) {
    mkdirSync(join(copy, 'build'));
    symlinkSync(nodes, join(copy, 'build/nodes'));
  }
  return copy;
}

/** Takes away what tests have mounted in a copy: a mutant may leave mounts that nobody serves any more. */
export function unmountAll(copy: string): void {
  if (!existsSync('/proc/self/mountinfo')) return;
  for (const point of mountPointsBelow(copy)) spawnSync('umount', ['-l', point]);
}

/** Removes what {@link copyTree} made. */
export function removeTree(copy: string): void {
  unmountAll(copy);
  rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
}
