// Flips bits of images, one at a time: docteur.verify must refuse each. Every bit of a small image, and
// random ones of a large one.
// usage: node --conditions=docteur:source scripts/flips.ts [--count=10000] [--seed=N] [--source=FOLDER]
// Exit status: 0 all were refused, 1 some were not, 64 bad usage.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodePathIndexFooter, decodeSuperblock } from '#format';
import { makeImage, verifyImage } from '../image-tools/index.ts';
import { acceptedFlips, type Flip } from '../test/fixtures/flipped-bits.ts';
import { writeFiveFileFolder } from '../test/fixtures/tools.ts';
import { Random } from '../test/fuzz/random.ts';
import { parseNumberOption } from './number-option.ts';

const NUMBER = /^[0-9]{1,9}$/;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    // Some megabytes that every clone has.
    source: { type: 'string', default: join(import.meta.dirname, '../node_modules/typescript') },
  },
});
const count = parseNumberOption('count', values.count, NUMBER);
const seed = parseNumberOption('seed', values.seed, NUMBER);
const scratch = mkdtempSync(join(tmpdir(), 'docteur-flips-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

function* everyBit(size: number): Generator<Flip, void, undefined> {
  for (let at = 0; at < size; at++) for (let bit = 0; bit < 8; bit++) yield { at, bit };
}

function* randomBits(size: number): Generator<Flip, void, undefined> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) yield { at: random.below(size), bit: random.below(8) };
}

/** The part of the image that a byte lies in. */
function partOf(image: Buffer, at: number): string {
  const { idxOffset } = decodeSuperblock(image);
  const index = image.length - decodePathIndexFooter(image.subarray(-4096)).sectionSize;
  if (at < 28) return 'superblock';
  if (at < idxOffset) return 'PACK';
  return at < index ? 'IDX' : 'path index';
}

async function flip(name: string, source: string, flips: (size: number) => Iterable<Flip>) {
  const image = join(scratch, `${name}.img`);
  await makeImage({ source, image });
  await verifyImage(image);
  const { size } = statSync(image);
  const bytes = readFileSync(image);
  const tried = new Map<string, number>();
  function* counted(): Generator<Flip, void, undefined> {
    for (const flip of flips(size)) {
      const part = partOf(bytes, flip.at);
      tried.set(part, (tried.get(part) ?? 0) + 1);
      yield flip;
    }
  }
  const accepted = await acceptedFlips(image, counted());
  for (const { at, bit } of accepted) {
    process.stdout.write(`FOUND  ${name} image: bit ${bit} of byte ${at}, ${partOf(bytes, at)}\n`);
  }
  const parts = Array.from(tried, ([part, flips]) => `${part} ${flips}`).join(', ');
  process.stdout.write(
    `${name} image of ${size} bytes: ${parts} flips; ${accepted.length} accepted\n`,
  );
  if (accepted.length > 0) process.exitCode = 1;
}

const folder = join(scratch, 'folder');
writeFiveFileFolder(folder);
process.stdout.write(`seed ${seed}\n`);
await flip('small', folder, everyBit);
await flip('large', values.source, randomBits);
