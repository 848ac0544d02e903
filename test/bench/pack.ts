// docteur.make beside git and mksquashfs on the same folders, in one run and by turns: the ratios are
// what counts. Needs `make build`, git and GNU time.
// usage: node --conditions=docteur:source test/bench/pack.ts
//          [--quick] [--flat] [--rounds=N] [--json=FILE] [FOLDER...]
//   --quick   without --best and git's window of 250
//   --flat    memory with 1 and with 4 times as many pages
// Without folders: build/corpus/docs (scripts/fetch-docs.sh makes it), generated pages, and packages
// of our own node_modules.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCorpus } from '../../scripts/corpus.ts';
import { GitPacker, type Outcome, runDocteur, runSquashfs } from './packers.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    flat: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const root = join(import.meta.dirname, '../..');
const corpora = join(root, 'build/corpus');
const MIB = 2 ** 20;
const MAX_MEMORY = 1024 * MIB;
/** How much memory may grow with four times the input: rows of objects do, contents do not. */
const FLAT = 1.25;
/** Packages that are mostly one large program, which no packer makes smaller. */
const PROGRAMS = /^(?:node|binaryen|koffi|\.|@(?:biomejs|esbuild|koromix|oxc-))/;

interface Target {
  readonly ours: string;
  readonly git: string;
  readonly size: number;
  readonly time: string;
  readonly part: number;
}

/** Each row: our size and our wall time are to be at most those parts of git's. */
const TARGETS: readonly Target[] = [
  { ours: 'default', git: 'git w50', size: 0.92, time: 'git w10', part: 0.45 },
  { ours: 'best', git: 'git w250', size: 0.9, time: 'git w250', part: 0.4 },
];

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function pagesFolder(name: string, pages: number): string {
  const folder = join(corpora, name);
  if (!existsSync(folder)) writeCorpus(folder, pages, 8);
  return folder;
}

function modulesFolder(): string {
  const folder = join(corpora, 'modules');
  if (!existsSync(folder)) {
    const installed = realpathSync(join(root, 'node_modules'));
    const packages = readdirSync(installed).filter((name) => !PROGRAMS.test(name));
    mkdirSync(folder, { recursive: true });
    execFileSync('cp', ['-a', ...packages.map((name) => join(installed, name)), folder]);
  }
  return folder;
}

function defaultFolders(): string[] {
  const docs = join(corpora, 'docs');
  if (!existsSync(docs)) print(`${docs}: absent; scripts/fetch-docs.sh makes it`);
  return [...(existsSync(docs) ? [docs] : []), pagesFolder('pages', 2500), modulesFolder()];
}

/** Runs every packer once; git and ours by turns, so that both meet the same load. */
function* runAll(folder: string, scratch: string): Generator<[string, Outcome]> {
  const image = join(scratch, 'ours.img');
  const git = new GitPacker(folder, scratch);
  yield ['default', runDocteur(folder, image, 'default')];
  yield ['git w10', git.repack(10)];
  yield ['fast', runDocteur(folder, image, 'fast')];
  yield ['git w50', git.repack(50)];
  if (!options.quick) {
    yield ['best', runDocteur(folder, image, 'best')];
    yield ['git w250', git.repack(250)];
  }
  const squashfs = runSquashfs(folder, scratch);
  if (squashfs !== undefined) yield ['squashfs', squashfs];
}

function quickest(a: Outcome | undefined, b: Outcome): Outcome {
  return a !== undefined && a.wall <= b.wall ? a : b;
}

function benchFolder(folder: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-pack-'));
    try {
      for (const [name, outcome] of runAll(folder, scratch)) {
        print(`  ${name.padEnd(10)}${describeOutcome(outcome)}`);
        outcomes.set(name, quickest(outcomes.get(name), outcome));
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  return outcomes;
}

function describeOutcome({ size, wall, user, system, memory }: Outcome): string {
  const cells = [(size / 1e6).toFixed(2), wall.toFixed(1), (user + system).toFixed(1)];
  return [...cells, (memory / MIB).toFixed(0)].map((cell) => cell.padStart(9)).join('');
}

/** Prints which targets are met. */
function judge(outcomes: ReadonlyMap<string, Outcome>): void {
  const check = (text: string, value: number, most: number, format = value.toFixed(2)) => {
    print(`  ${value <= most ? 'ok    ' : 'MISSED'} ${text}: ${format}`);
  };
  for (const { ours, git, size, time, part } of TARGETS) {
    const [mine, theirs, timed] = [ours, git, time].map((name) => outcomes.get(name));
    if (mine === undefined || theirs === undefined || timed === undefined) continue;
    check(`${ours}: size / ${git} <= ${size}`, mine.size / theirs.size, size);
    const cpu = (mine.user + mine.system) / (timed.user + timed.system);
    const wall = mine.wall / timed.wall;
    check(
      `${ours}: wall / ${time} <= ${part}`,
      wall,
      part,
      `${wall.toFixed(2)} (cpu ${cpu.toFixed(2)})`,
    );
    const memory = `${(mine.memory / MIB).toFixed(0)} MiB`;
    check(`${ours}: memory <= 1 GiB`, mine.memory, MAX_MEMORY, memory);
  }
}

function compareMemory(): void {
  const [once, four] = [pagesFolder('pages', 2500), pagesFolder('pages-4x', 10_000)];
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-pack-'));
  try {
    const [least, most] = [once, four].map(
      (folder) => runDocteur(folder, join(scratch, 'image'), 'default').memory,
    ) as [number, number];
    const ok = most <= least * FLAT;
    const sizes = `${(least / MIB).toFixed(0)} MiB, ${(most / MIB).toFixed(0)} MiB`;
    print(`\n${ok ? 'ok    ' : 'MISSED'} memory with 1 and 4 times the pages: ${sizes}`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const results: Record<string, Record<string, Outcome>> = {};
for (const named of positionals.length > 0 ? positionals : defaultFolders()) {
  // mksquashfs would store a link as one.
  const folder = realpathSync(named);
  const heads = ['MB', 'wall s', 'cpu s', 'MiB'].map((head) => head.padStart(9));
  print(`\n${basename(folder).padEnd(12)}${heads.join('')}`);
  const outcomes = benchFolder(folder);
  judge(outcomes);
  results[folder] = Object.fromEntries(outcomes);
}
if (options.flat) compareMemory();
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
}
