// docteur.verify beside `git index-pack` of the same PACK, both with two threads: medians of five
// runs by turns, spawn to exit, and the ratio, which is to stay below 1.5. Needs `make build`.
// usage: node --conditions=docteur:source test/bench/verify.ts IMAGE...
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SUPERBLOCK_SIZE } from '#format';
import { verifyImage } from '../../image-tools/verify/verify.ts';
import { median } from './median.ts';

const RUNS = 5;
const VERIFY = join(import.meta.dirname, '../../dist/bin/docteur.verify.js');

/** Milliseconds from spawn to exit. */
function time(command: string, args: readonly string[]): number {
  const start = performance.now();
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - start;
}

async function compare(path: string, folder: string): Promise<void> {
  const { packSize, objects, deltas } = await verifyImage(path);
  const image = readFileSync(path);
  const pack = join(folder, 'bench.pack');
  writeFileSync(pack, image.subarray(SUPERBLOCK_SIZE, SUPERBLOCK_SIZE + packSize));
  const ours: number[] = [];
  const git: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(time(process.execPath, [VERIFY, '--quiet', path]));
    git.push(time('git', ['index-pack', '--threads=2', '-o', join(folder, `${run}.idx`), pack]));
  }
  const ratio = (median(ours) / median(git)).toFixed(2);
  process.stdout.write(
    `${basename(path)}: ${objects} objects, ${deltas} deltas, PACK ${(packSize / 1e6).toFixed(1)} MB\n` +
      `  docteur.verify ${median(ours).toFixed(0)} ms  git index-pack ${median(git).toFixed(0)} ms  ratio ${ratio}\n`,
  );
}

const images = process.argv.slice(2);
if (images.length === 0) throw new Error('usage: verify.ts IMAGE...');
const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-'));
try {
  for (const image of images) await compare(image, folder);
} finally {
  rmSync(folder, { recursive: true });
}
