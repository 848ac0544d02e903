// One random file at a time, by path: median and tail, on images that docteur.make wrote and on git's own
// PACK, beside `git cat-file --batch` on its PACK with a window of 50. Needs `make build` and git.
// usage: node --conditions=docteur:source test/bench/latency.ts FOLDER [--files=N] [--passes=N] [--best]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { oidToHex } from '#format';
import { openImageFile } from '../../guest/host/index.ts';
import { indexImage, makeImage } from '../../image-tools/index.ts';
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
  },
});
const folder = resolve(positionals[0] ?? 'build/docs');
const passes = Number(options.passes);
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-latency-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly mean: number;
}

/** Each file's least time: others work on the machine too. In microseconds. */
async function spreadOf(pass: () => number[] | Promise<number[]>): Promise<Spread> {
  let least = await pass();
  // The first pass fills caches.
  for (let round = 0; round < passes; round += 1) {
    const times = await pass();
    least = round === 0 ? times : least.map((time, i) => Math.min(time, times[i] as number));
  }
  const sorted = least.map((time) => time * 1000).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] as number;
  const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), mean };
}

function readByPath(file: string, paths: readonly string[]): Promise<Spread> {
  const image = openImageFile(file);
  return spreadOf(() =>
    paths.map((path) => {
      const start = performance.now();
      image.fs.get(path);
      return performance.now() - start;
    }),
  ).finally(() => image.close());
}

function print(name: string, size: number, spread: Spread, peer?: Spread): void {
  const cells = (['p50', 'p90', 'p99', 'mean'] as const).map((key) => {
    const ratio = peer === undefined ? '' : ` ${(spread[key] / peer[key]).toFixed(2)}`;
    return `${key} ${spread[key].toFixed(0).padStart(5)}${ratio}`;
  });
  process.stdout.write(
    `${name.padEnd(24)} ${(size / 1e6).toFixed(2).padStart(8)} MB  ${cells.join('  ')}\n`,
  );
}

const repository = join(scratch, 'repository');
git(scratch, 'init', '-q', '-b', 'main', repository);
git(repository, `--work-tree=${folder}`, 'add', '-A', '--force', '.');
git(repository, 'commit', '-q', '-m', 'benchmark');
git(repository, 'repack', '-adfq', '--window=50', '--depth=50');
const ours = join(scratch, 'default.img');
const made = await makeImage({ source: `relativize://${folder}`, image: ours });
const opened = openImageFile(ours);
const paths = shuffled(filesBelow(opened.fs).sort()).slice(0, Number(options.files));
const ids = paths.map((path) => oidToHex(opened.fs.digest(path)));
opened.close();
const theirs = join(scratch, 'git.img');
writeFileSync(
  theirs,
  imageOfRepository(repository, { packOptions: ['--delta-base-offset'], blockSize: 4096 }),
);
await indexImage(theirs);

process.stdout.write(`${folder}: ${paths.length} files, microseconds a file, ratios to git's\n`);
const peer = await spreadOf(() => timeCatFile(repository, ids));
const packSize = openedSize(theirs);
print('git cat-file, window 50', packSize, peer);
print("git's PACK, docteur", packSize, await readByPath(theirs, paths), peer);
print('docteur.make', made.sizes.pack + made.sizes.idx, await readByPath(ours, paths), peer);
if (options.best) {
  const image = join(scratch, 'best.img');
  const { sizes } = await makeImage({ source: `relativize://${folder}`, image, level: 'best' });
  print('docteur.make --best', sizes.pack + sizes.idx, await readByPath(image, paths), peer);
}

function openedSize(file: string): number {
  const out = git(repository, 'count-objects', '-v').toString();
  const kibibytes = /^size-pack: (\d+)$/m.exec(out)?.[1];
  if (kibibytes === undefined) throw new Error(`${file}: git tells no size`);
  return Number(kibibytes) * 1024;
}
