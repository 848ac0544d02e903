// Looking into an image beside git on a repository of the same commit, repacked by git: medians of five runs
// by turns, in seconds of processor and from spawn to exit, with a Node that does nothing in between: what git
// takes is little more than that. Ratios are of processor time, and the targets too:
// extract 0.7 of git archive and tar, ls -R 1.5 of git ls-tree -r -t (of the corpus, and of a million paths: its own,
// again and again), diff of two images that differ in one file 3 times a command that does nothing. Needs
// `make build`, and GNU time.
// usage: node --conditions=docteur:source test/bench/look.ts CORPUS IMAGE
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openImageFile } from '../../guest/host/index.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';
import { type Cost, measureCommand } from './measure-command.ts';
import { median } from './median.ts';

const RUNS = 5;
/** Short commands are run so often in one measurement: the system counts in hundredths of a second. */
const OFTEN = 10;
const DOCTEUR = join(import.meta.dirname, '../../dist/bin/docteur.js');
const docteur = (...args: string[]) => [process.execPath, DOCTEUR, ...args];

interface Contender {
  readonly name: string;
  /** What is run the given time, from 0 on. */
  readonly command: (time: number) => readonly string[];
  /** Whether to run it once in a measurement, not {@link OFTEN}. */
  readonly once?: true;
}

const EMPTY: Contender = { name: 'node -e 0', command: () => [process.execPath, '-e', '0'] };

function measure({ command, once }: Contender, time: number): Cost {
  if (once) return measureCommand(command(time)).cost;
  const often = `for i in $(seq ${OFTEN}); do "$@" >/dev/null || exit; done`;
  const { wall, user, system, memory } = measureCommand([
    'sh',
    '-c',
    often,
    'sh',
    ...command(time),
  ]).cost;
  return { wall: wall / OFTEN, user: user / OFTEN, system: system / OFTEN, memory };
}

/** Prints what each contender takes, and the first one's part of the second, also without the start of Node. */
function compare(words: string, target: number, pair: readonly [Contender, Contender]): void {
  const contenders = [...pair, EMPTY];
  const costs: Cost[][] = contenders.map(() => []);
  for (let i = 0; i < RUNS; i++) {
    for (const [which, contender] of contenders.entries())
      costs[which]?.push(measure(contender, i));
  }
  const cpu = costs.map((all) => median(all.map(({ user, system }) => user + system)));
  const wall = costs.map((all) => median(all.map((cost) => cost.wall)));
  const memory = costs.map((all) => Math.max(...all.map((cost) => cost.memory)) / 2 ** 20);
  process.stdout.write(`${words} (target ${target})\n`);
  contenders.forEach(({ name }, i) => {
    process.stdout.write(
      `  ${name.padEnd(28)} ${cpu[i]?.toFixed(3)} s of processor  ${wall[i]?.toFixed(3)} s  ${memory[i]?.toFixed(0)} MiB\n`,
    );
  });
  const ratio = ([a = 0, b = 0]: number[]) => (a / b).toFixed(2);
  const [ours = 0, theirs = 0, empty = 0] = cpu;
  process.stdout.write(
    `  ratio ${ratio(cpu)}, without the start of Node ${ratio([ours - empty, theirs])}; from spawn to exit ${ratio(wall)}\n`,
  );
}

const MANY_PATHS = 1_000_000;

/** An image of the paths of another, below folders of their own until they are a million; files hold their paths. */
function millionPaths(image: string, folder: string): string {
  using opened = openImageFile(image);
  const files: string[] = [];
  for (const { pathBytes, kind } of opened.fs.walk()) {
    // Without the slash in front.
    if (kind === 'file') files.push(Buffer.from(pathBytes).toString('latin1', 1));
  }
  function* paths() {
    for (let i = 0; i < MANY_PATHS; i++) {
      yield `${Math.floor(i / files.length)}/${files[i % files.length]}`;
    }
  }
  const million = join(folder, 'million.img');
  writeFileSync(million, withPathIndex(generateImage(paths())));
  return million;
}

/** A bare repository of an image's commit. */
function exportGit(image: string, repository: string): string {
  execFileSync(process.execPath, [DOCTEUR, 'export', '--git', repository, image]);
  return repository;
}

function compareLists(words: string, image: string, repository: string): void {
  compare(words, 1.5, [
    { name: 'docteur ls -R', command: () => docteur('ls', '-R', image) },
    {
      name: 'git ls-tree -r -t',
      command: () => ['git', '-C', repository, 'ls-tree', '-r', '-t', 'HEAD'],
    },
  ]);
}

/** An image of the same corpus with another line in one file. */
function otherImage(corpus: string, image: string, folder: string): string {
  const copy = join(folder, 'copy');
  execFileSync('cp', ['-al', corpus, copy]);
  using opened = openImageFile(image);
  for (const { path, kind } of opened.fs.walk()) {
    if (kind !== 'file') continue;
    // The link to the corpus's own file goes first.
    const file = join(copy, path);
    execFileSync('cp', [file, `${file}.new`]);
    appendFileSync(`${file}.new`, 'one more line\n');
    renameSync(`${file}.new`, file);
    break;
  }
  const other = join(folder, 'other.img');
  execFileSync(process.execPath, [DOCTEUR, 'make', '-q', '--fast', copy, other]);
  return other;
}

const [corpus, image] = process.argv.slice(2);
if (corpus === undefined || image === undefined) throw new Error('usage: look.ts CORPUS IMAGE');
const folder = mkdtempSync(join(dirname(image), 'docteur-bench-'));
try {
  const repository = exportGit(image, join(folder, 'git'));
  execFileSync('git', ['-C', repository, 'repack', '-a', '-d', '-f', '-q', '--threads=2']);
  // A folder for each run, and none is removed before the last: for minutes, ext4 steps over each inode that was
  // freed, one by one, for each file that is made, which is most of what a run costs then.
  const ours = (time: number) => join(folder, `ours-${time}`);
  const gits = (time: number) => join(folder, `git-${time}`);
  const pipe = 'mkdir "$2" && git -C "$1" archive HEAD | tar x -C "$2"';
  compare('extract', 0.7, [
    {
      name: 'docteur extract',
      command: (time) => docteur('extract', '-q', '-C', ours(time), image),
      once: true,
    },
    {
      name: 'git archive | tar x',
      command: (time) => ['sh', '-c', pipe, 'sh', repository, gits(time)],
      once: true,
    },
  ]);
  execFileSync('diff', ['-r', '--no-dereference', ours(0), gits(0)]);
  compareLists('list all paths', image, repository);
  const million = millionPaths(image, folder);
  // Its trees are whole, which suits git.
  compareLists('list a million paths', million, exportGit(million, join(folder, 'million.git')));
  const other = otherImage(corpus, image, folder);
  const diff = ['sh', '-c', '"$@" | grep -q .', 'sh', ...docteur('diff', image, other)];
  compare('diff of two images, one file differs', 3, [
    { name: 'docteur diff', command: () => diff },
    { name: 'docteur --version', command: () => docteur('--version') },
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
