// The packers that test/bench/pack.ts lets run beside each other.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Level } from '../../image-tools/pack/levels.ts';
import { addCosts, type Cost, measureCommand } from './measure-command.ts';

/** What came out: bytes of the PACK and its IDX, or of the whole file system. */
export interface Outcome extends Cost {
  readonly size: number;
}

const MAKE = join(import.meta.dirname, '../../dist/bin/docteur.make.js');
const MKSQUASHFS = '/usr/bin/mksquashfs';
const DATE = '2020-10-10T08:00:00+00:00';
const JOBS = 2;
const GIT_ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  // Otherwise `git commit` packs the loose objects behind our back.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'gc.auto',
  GIT_CONFIG_VALUE_0: '0',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};

/** docteur.make with two threads; the image goes to `image`. */
export function runDocteur(folder: string, image: string, level: Level): Outcome {
  const flags = level === 'default' ? [] : [`--${level}`];
  const { stdout, cost } = measureCommand([
    ...[process.execPath, MAKE, '--json', '--quiet', `--jobs=${JOBS}`, `--date=${DATE}`],
    ...[...flags, `relativize://${folder}`, image],
  ]);
  const { sizes } = JSON.parse(stdout.toString());
  return { ...cost, size: sizes.pack + sizes.idx };
}

/** git with the same folder: what `git add` cost, and the repository of loose objects it left. */
export class GitPacker {
  readonly #repository: string;
  readonly #scratch: string;
  readonly #added: Cost;

  constructor(folder: string, scratch: string) {
    this.#scratch = scratch;
    this.#repository = join(scratch, 'loose.git');
    this.#git(['init', '-q', '--bare', this.#repository], scratch);
    const worktree = [`--git-dir=${this.#repository}`, `--work-tree=${folder}`];
    const add = ['git', ...worktree, 'add', '--all', '--force', '.'];
    this.#added = measureCommand(add, { cwd: folder, env: GIT_ENV }).cost;
    this.#git(['commit', '-q', '-m', 'benchmark'], folder, worktree);
  }

  /** The cost of `git add` and `git repack -adf` together. */
  repack(window: number): Outcome {
    const copy = join(this.#scratch, `window-${window}.git`);
    // Each window starts from the loose objects: reading out of a PACK costs something else.
    execFileSync('cp', ['-al', this.#repository, copy]);
    try {
      const search = [`--window=${window}`, '--depth=50'];
      const { cost } = measureCommand(
        ['git', '-c', `pack.threads=${JOBS}`, 'repack', '-adfq', ...search],
        { cwd: copy, env: GIT_ENV },
      );
      const packs = join(copy, 'objects/pack');
      const size = readdirSync(packs)
        .filter((name) => /\.(?:pack|idx)$/.test(name))
        .reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
      return { ...addCosts(this.#added, cost), size };
    } finally {
      rmSync(copy, { recursive: true });
    }
  }

  #git(args: readonly string[], cwd: string, options: readonly string[] = []): void {
    execFileSync('git', [...options, ...args], { cwd, env: GIT_ENV });
  }
}

/** A squashfs, which has no history but is the usual read-only image; undefined where it is missing. */
export function runSquashfs(folder: string, scratch: string): Outcome | undefined {
  if (!existsSync(MKSQUASHFS)) return undefined;
  const image = join(scratch, 'squashfs.img');
  const how = ['-comp', 'zstd', '-b', '1M', '-processors', `${JOBS}`, '-no-progress', '-quiet'];
  const { cost } = measureCommand([MKSQUASHFS, folder, image, ...how]);
  const { size } = statSync(image);
  rmSync(image);
  return { ...cost, size };
}
