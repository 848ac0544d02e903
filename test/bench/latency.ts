// One random file at a time, by path: median and tail, on images that docteur.make wrote and on git's own
// PACK, beside `git cat-file --batch` on its PACK with a window of 50 (with --best, 250 too). All of them take
// turns. Needs `make build` and git.
// usage: node --conditions=docteur:source test/bench/latency.ts FOLDER
//          [--files=N] [--passes=N] [--best] [--read-cost=N]...
//   --read-cost  measure an image with that weight too; may be given several times
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { oidToHex } from '#format';
import { openImageFile } from '../../guest/host/index.ts';
import { indexImage, type MakeOptions, makeImage } from '../../image-tools/index.ts';
import { git } from '../fixtures/git.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { timeCatFile } from './git-batch.ts';
import { filesBelow, shuffled } from './guests/measure.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '20000' },
    passes: { type: 'string', default: '3' },
    best: { type: 'boolean', default: false },
    'read-cost': { type: 'string', multiple: true, default: [] },
  },
});
const folder = resolve(positionals[0] ?? 'build/docs');
const passes = Number(options.passes);
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-latency-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

interface Contestant {
  readonly name: string;
  /** Bytes of its PACK and IDX. */
  readonly size: number;
  /** Reads every file once, and gives what each took, in milliseconds. */
  readonly pass: () => number[] | Promise<number[]>;
  /** What it is compared with, and the targets. */
  readonly peer?: Contestant;
  readonly most?: Readonly<Record<keyof Spread | 'size', number>>;
}

interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly mean: number;
}

const DEFAULT_TARGETS = { size: 0.92, p50: 0.4, p90: 0.9, p99: 0.9, mean: 0.6 };
const BEST_TARGETS = { size: 0.9, p50: 0.5, p90: 1.1, p99: 1.1, mean: 0.8 };
const COLUMNS = ['p50', 'p90', 'p99', 'mean'] as const;

/** Each file's least time, in microseconds: others work on the machine too. */
async function measureInTurns(contestants: readonly Contestant[]): Promise<Spread[]> {
  const least: number[][] = [];
  // The first round fills caches.
  for (let round = 0; round <= passes; round += 1) {
    for (const [i, { pass }] of contestants.entries()) {
      const times = await pass();
      least[i] =
        round <= 1 ? times : times.map((time, k) => Math.min(time, least[i]?.[k] as number));
    }
  }
  return least.map((times) => {
    const sorted = times.map((time) => time * 1000).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] as number;
    const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), mean };
  });
}

function imageOf(
  file: string,
  about: Omit<Contestant, 'pass'>,
  paths: readonly string[],
): Contestant {
  const { fs } = openImageFile(file);
  return {
    ...about,
    pass: () =>
      paths.map((path) => {
        const start = performance.now();
        fs.get(path);
        return performance.now() - start;
      }),
  };
}

/** git's PACK with a window, in a repository of its own. */
function repackWith(window: number): string {
  const copy = join(scratch, `window-${window}`);
  execFileSync('cp', ['-al', repository, copy]);
  git(copy, 'repack', '-adfq', `--window=${window}`, '--depth=50');
  return copy;
}

function packSize(repository: string): number {
  const packs = join(repository, '.git/objects/pack');
  return readdirSync(packs)
    .filter((name) => /\.(?:pack|idx)$/.test(name))
    .reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
}

async function make(name: string, how: Partial<MakeOptions>): Promise<[string, number]> {
  const image = join(scratch, `${name}.img`);
  const { sizes } = await makeImage({ source: `relativize://${folder}`, image, ...how });
  return [image, sizes.pack + sizes.idx];
}

/** A value, and its ratio to the peer's with a mark where it is above the target. */
function cell(text: string, value: number, peer: number | undefined, most: number | undefined) {
  if (peer === undefined) return text;
  const ratio = value / peer;
  return `${text} ${ratio.toFixed(2)}${most !== undefined && ratio > most ? '!' : ' '}`;
}

const repository = join(scratch, 'repository');
git(scratch, 'init', '-q', '-b', 'main', repository);
git(repository, 'config', 'gc.auto', '0');
git(repository, `--work-tree=${folder}`, 'add', '-A', '--force', '.');
git(repository, 'commit', '-q', '-m', 'benchmark');
const windows = (options.best ? [50, 250] : [50]).map(
  (window) => [window, repackWith(window)] as const,
);
const [ours, size] = await make('default', {});
const opened = openImageFile(ours);
const paths = shuffled(filesBelow(opened.fs).sort()).slice(0, Number(options.files));
const ids = paths.map((path) => oidToHex(opened.fs.digest(path)));
opened.close();
const [window50, window250] = windows.map(([window, copy]) => ({
  name: `git cat-file, window ${window}`,
  size: packSize(copy),
  pass: () => timeCatFile(copy, ids),
})) as [Contestant, Contestant | undefined];

const theirs = join(scratch, 'git.img');
const [[, copy50]] = windows as [[number, string]];
writeFileSync(
  theirs,
  imageOfRepository(copy50, { packOptions: ['--delta-base-offset'], blockSize: 4096 }),
);
await indexImage(theirs);

const contestants = [
  window50,
  imageOf(theirs, { name: "git's PACK, docteur", size: window50.size, peer: window50 }, paths),
  imageOf(ours, { name: 'docteur.make', size, peer: window50, most: DEFAULT_TARGETS }, paths),
];
for (const cost of options['read-cost']) {
  const [file, size] = await make(`read-cost-${cost}`, { readCost: Number(cost) });
  contestants.push(imageOf(file, { name: `--read-cost=${cost}`, size, peer: window50 }, paths));
}
if (window250 !== undefined) {
  const [file, size] = await make('best', { level: 'best' });
  const about = { name: 'docteur.make --best', size, peer: window250, most: BEST_TARGETS };
  contestants.push(window250, imageOf(file, about, paths));
}

process.stdout.write(
  `${folder}: ${paths.length} files; PACK and IDX, microseconds a file, ratios to git's of the same row's window (! above the target)\n`,
);
const spreads = await measureInTurns(contestants);
for (const [i, { name, size, peer, most }] of contestants.entries()) {
  const [own, other] = [spreads[i], peer && spreads[contestants.indexOf(peer)]] as [
    Spread,
    Spread?,
  ];
  const cells = COLUMNS.map((key) =>
    cell(`${key} ${own[key].toFixed(0).padStart(5)}`, own[key], other?.[key], most?.[key]),
  );
  const megabytes = `${(size / 1e6).toFixed(2).padStart(8)} MB`;
  process.stdout.write(
    `${name.padEnd(24)} ${[cell(megabytes, size, peer?.size, most?.size), ...cells].join('  ')}\n`,
  );
}
