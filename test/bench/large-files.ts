// Large files by pieces: two of them in turns, and at random, on images of docteur.make and of git's PACK, as one
// whole object and as a delta. A piece should cost no more than 2 MiB cost to inflate. Needs git.
// usage: node --conditions=docteur:source test/bench/large-files.ts [MEGABYTES]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { type OpenedImage, openImageFile } from '../../guest/host/index.ts';
import { makeImage } from '../../image-tools/index.ts';
import { git } from '../fixtures/git.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { median } from './median.ts';

const PIECE = 128 * 1024;
const RANDOM_PIECES = 200;
const size = Number(process.argv[2] ?? 100) * 1_000_000;
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-large-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

let state = 1;
function random(): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return state / 2 ** 32;
}

/** Words, most of them common: a fifth of it after compression. */
function text(): Buffer {
  const words = Array.from({ length: 5000 }, () => Math.floor(random() * 36 ** 5).toString(36));
  const bytes = Buffer.alloc(size, ' ');
  for (let at = 0; at < size - 8; at += 8) {
    bytes.write(words[Math.floor(random() ** 3 * words.length)] as string, at, 'latin1');
  }
  return bytes;
}

const folder = join(scratch, 'files');
const repository = join(scratch, 'repository');
git(scratch, 'init', '-q', '-b', 'main', repository);
git(scratch, 'init', '-q', folder);
rmSync(join(folder, '.git'), { recursive: true });
const one = text();
writeFileSync(join(folder, 'one'), one);
writeFileSync(join(folder, 'other'), text());
// Lines that move and change all over: a delta of the first, where the packer makes one.
const edited = Buffer.concat([
  one.subarray(size / 2),
  Buffer.from('an edit\n'),
  one.subarray(0, size / 2),
]);
for (let at = 5000; at < edited.length; at += 1_000_003) edited.write('changed', at);
writeFileSync(join(folder, 'one-edited'), edited);

/** What 2 MiB of the same content cost, in milliseconds. */
const deflated = deflateSync(one.subarray(0, 2 ** 21));
const inflated = median(
  Array.from({ length: 15 }, () => {
    const start = performance.now();
    inflateSync(deflated);
    return performance.now() - start;
  }),
);

function measure(name: string, { fs, close }: OpenedImage, names: readonly string[]): void {
  const files = names.map((path) => fs.open(path));
  const pieces = Array.from({ length: RANDOM_PIECES }, (_, i) => {
    const file = files[i % files.length] as (typeof files)[0];
    return {
      file,
      at: Math.floor(random() * (file.size - PIECE)),
      least: Number.POSITIVE_INFINITY,
    };
  });
  let first = 0;
  // The least of each: others work on the machine too. The first pass fills what is kept.
  for (let pass = 0; pass < 4; pass += 1) {
    for (const piece of pieces.sort(() => random() - 0.5)) {
      const start = performance.now();
      piece.file.view(piece.at, PIECE);
      const took = performance.now() - start;
      if (pass === 0) first = Math.max(first, took);
      else piece.least = Math.min(piece.least, took);
    }
  }
  const start = performance.now();
  for (let at = 0; at < size; at += PIECE) for (const file of files) file.view(at, PIECE);
  const seconds = (performance.now() - start) / 1000;
  close();
  const sorted = pieces.map(({ least }) => least).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const megabytes = (names.length * size) / 1e6;
  const ratio = at(0.99) / inflated;
  process.stdout.write(
    `${name.padEnd(36)} in turns ${(megabytes / seconds).toFixed(0).padStart(4)} MB/s; random piece: median ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms: ${ratio.toFixed(2)} of 2 MiB, worst when nothing was read ${first.toFixed(0)} ms, ${ratio <= 1 ? 'met' : 'missed'}\n`,
  );
}

process.stdout.write(
  `files of ${size / 1e6} MB, pieces of 128 KiB; zlib inflates 2 MiB of them in ${inflated.toFixed(1)} ms\n`,
);
const ours = join(scratch, 'ours.img');
await makeImage({ source: `relativize://${folder}`, image: ours });
measure('docteur.make, two files', openImageFile(ours), ['one', 'other']);
measure('docteur.make, and one like another', openImageFile(ours), ['one', 'other', 'one-edited']);
git(repository, `--work-tree=${folder}`, 'add', 'one', 'other');
git(repository, 'commit', '-q', '-m', 'large files');
const theirs = join(scratch, 'git.img');
writeFileSync(theirs, imageOfRepository(repository, { packOptions: ['--delta-base-offset'] }));
measure("git's PACK, two files", openImageFile(theirs), ['one', 'other']);
