// docteur.make beside git, and mksquashfs where it is installed: size, time and memory on made-up
// pages in versions and on any folders. Every tool gets two threads, every run of git begins with an
// empty repository. Prints a table for each folder; exits 1 where a target is missed under --check.
// usage: node --conditions=docteur:source test/bench/pack.ts
//          [--pages=N] [--windows=10,50,250] [--levels=fast,default,best] [--flat] [--check] [FOLDER...]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCorpus } from '../../scripts/corpus.ts';

const THREADS = 2;
const VERSIONS = 8;
const TIME = '/usr/bin/time';
const MAKE = join(import.meta.dirname, '../../image-tools/bin/docteur.make.ts');

interface Run {
  readonly name: string;
  /** Bytes of PACK and IDX, or of the whole image of another kind. */
  readonly size: number;
  readonly seconds: number;
  /** Largest resident set of any one process, in MiB; NaN where GNU time is not installed. */
  readonly memory: number;
}

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    pages: { type: 'string', default: '2500' },
    windows: { type: 'string', default: '10,50,250' },
    levels: { type: 'string', default: 'fast,default,best' },
    flat: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-'));

/** Runs a command; its peak memory comes from GNU time. */
function measure(
  command: string,
  args: readonly string[],
  cwd = scratch,
): { stdout: string; seconds: number; memory: number } {
  const report = join(scratch, 'time');
  const timed = existsSync(TIME);
  const start = performance.now();
  const stdout = execFileSync(
    timed ? TIME : command,
    timed ? ['-f', '%M', '-o', report, command, ...args] : args,
    { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: gitEnvironment() },
  );
  const seconds = (performance.now() - start) / 1000;
  return { stdout, seconds, memory: timed ? Number(readFileSync(report, 'utf8')) / 1024 : NaN };
}

/** The user's own configuration must not change what git does here. */
function gitEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
}

function runMake(folder: string, level: string): Run {
  const image = join(scratch, 'disk.img');
  const flags = [
    '--conditions=docteur:source',
    ...[MAKE, '--json', '--quiet', '--no-index', `--jobs=${THREADS}`],
    ...(level === 'default' ? [] : [`--${level}`]),
  ];
  const { stdout, seconds, memory } = measure(process.execPath, [...flags, folder, image]);
  const { sizes } = JSON.parse(stdout) as { sizes: { pack: number; idx: number } };
  rmSync(image);
  return { name: `docteur ${level}`, size: sizes.pack + sizes.idx, seconds, memory };
}

function runGit(folder: string, window: string): Run {
  const repository = join(scratch, 'repository');
  measure('git', ['init', '--quiet', repository]);
  const git = (...args: string[]) => {
    const settings = ['-c', `pack.threads=${THREADS}`, '-c', 'gc.auto=0', '-c', 'core.fsync=none'];
    const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];
    return measure('git', [...settings, ...who, `--work-tree=${folder}`, ...args], repository);
  };
  const add = git('add', '--force', '--all', '.');
  git('commit', '--quiet', '--message=bench');
  const repack = git('repack', '-adfq', `--window=${window}`, '--depth=50');
  const packs = join(repository, '.git/objects/pack');
  const size = readdirSync(packs)
    .filter((name) => /\.(pack|idx)$/.test(name))
    .reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
  rmSync(repository, { recursive: true });
  return {
    name: `git window=${window}`,
    size,
    seconds: add.seconds + repack.seconds,
    memory: Math.max(add.memory, repack.memory),
  };
}

function runSquashfs(folder: string): Run | undefined {
  const image = join(scratch, 'disk.squashfs');
  const flags = ['-comp', 'zstd', '-b', '1M', '-processors', `${THREADS}`, '-noappend', '-quiet'];
  try {
    const { seconds, memory } = measure('mksquashfs', [folder, image, ...flags, '-no-progress']);
    const { size } = statSync(image);
    rmSync(image);
    return { name: 'mksquashfs zstd 1M', size, seconds, memory };
  } catch {
    process.stdout.write('mksquashfs is not installed (Debian: squashfs-tools): left out\n');
    return undefined;
  }
}

/** The ratios that the project promises: ours to git's, and the most that they may be. */
const TARGETS = [
  { ours: 'default', what: 'size', window: '50', most: 1 },
  { ours: 'default', what: 'seconds', window: '10', most: 1 },
  { ours: 'best', what: 'size', window: '250', most: 0.93 },
  { ours: 'best', what: 'seconds', window: '250', most: 1 },
] as const;
const MAX_MEMORY = 1024;

function describeTargets(runs: readonly Run[]): boolean {
  let met = true;
  for (const { ours, what, window, most } of TARGETS) {
    const run = runs.find(({ name }) => name === `docteur ${ours}`);
    const git = runs.find(({ name }) => name === `git window=${window}`);
    if (run === undefined || git === undefined) continue;
    const ratio = run[what] / git[what];
    met &&= ratio <= most;
    const verdict = ratio <= most ? 'met' : 'MISSED';
    process.stdout.write(
      `${ours}: ${what} ${ratio.toFixed(3)} of git window=${window}, at most ${most}: ${verdict}\n`,
    );
  }
  for (const { name, memory } of runs.filter(({ name }) => name.startsWith('docteur'))) {
    met &&= !(memory > MAX_MEMORY);
    if (memory > MAX_MEMORY) process.stdout.write(`${name}: ${memory} MiB of memory: MISSED\n`);
  }
  return met;
}

function printRuns(title: string, runs: readonly Run[]): void {
  process.stdout.write(`\n${title}\n| tool | PACK and IDX, MB | wall, s | peak memory, MiB |\n`);
  process.stdout.write('|---|---|---|---|\n');
  for (const { name, size, seconds, memory } of runs) {
    const cells = [name, (size / 1e6).toFixed(2), seconds.toFixed(1), memory.toFixed(0)];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}

function compare(folder: string): boolean {
  const runs: Run[] = [];
  for (const level of list(options.levels)) runs.push(runMake(folder, level));
  for (const window of list(options.windows)) runs.push(runGit(folder, window));
  const squashfs = runSquashfs(folder);
  printRuns(basename(folder), squashfs === undefined ? runs : [...runs, squashfs]);
  return describeTargets(runs);
}

/** Memory on the generated pages, and on four times as many. */
function measureFlatness(pages: number): void {
  const runs = [1, 4].map((times) => {
    const folder = join(scratch, `pages-${times}`);
    writeCorpus(folder, pages * times, VERSIONS);
    const run = runMake(folder, 'default');
    rmSync(folder, { recursive: true });
    return { ...run, name: `docteur default, ${times} times the input` };
  });
  printRuns('memory against input', runs);
}

function list(text: string): string[] {
  return text.split(',').filter((item) => item !== '');
}

try {
  const pages = Number(options.pages);
  let met = true;
  if (pages > 0) {
    const generated = join(scratch, 'generated pages');
    writeCorpus(generated, pages, VERSIONS);
    met = compare(generated);
    rmSync(generated, { recursive: true });
  }
  for (const folder of folders) met = compare(folder) && met;
  if (options.flat) measureFlatness(pages);
  if (options.check && !met) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
