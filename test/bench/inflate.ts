// Inflating and hashing objects as a guest does: how long one takes, by size, and the first one.
// Every way runs in the same process, so the ratios count more than the figures.
// usage: node --conditions=docteur:source test/bench/inflate.ts FOLDER
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import {
  inflate as inflateWithPako,
  ZStream,
  zlibInflate,
  zlibInflateInit,
  zlibInflateReset,
} from 'pako';
import { createInflater, memorySource, newSha1 } from '#format';

const OBJECTS = 200;
const MS_A_CELL = 150;
const CLASSES = [
  { name: 'below 1 KiB', min: 0, max: 1024 },
  { name: '1 to 8 KiB', min: 1024, max: 8192 },
  { name: '8 to 64 KiB', min: 8192, max: 65_536 },
  { name: '64 KiB to 2 MiB', min: 65_536, max: 2 ** 21 },
];

interface Sample {
  readonly size: number;
  readonly stream: Uint8Array<ArrayBuffer>;
}

type Way = (sample: Sample) => unknown;

function readSamples(folder: string): Sample[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const counts = CLASSES.map(() => 0);
  const samples: Sample[] = [];
  // Every 7th file: neighbours look alike.
  for (let i = 0; i < names.length * 7 && samples.length < OBJECTS * CLASSES.length; i++) {
    const content = readFileSync(names[(i * 7) % names.length] as string);
    const at = CLASSES.findIndex(({ min, max }) => content.length > min && content.length < max);
    if (at < 0 || (counts[at] as number) >= OBJECTS) continue;
    counts[at] = (counts[at] as number) + 1;
    samples.push({ size: content.length, stream: new Uint8Array(deflateSync(content)) });
    if (i >= names.length) break;
  }
  return samples;
}

/** The best of several rounds, in ms for all samples. */
function measure(way: Way, samples: readonly Sample[]): number {
  let best = Number.POSITIVE_INFINITY;
  const stop = performance.now() + MS_A_CELL;
  do {
    const start = performance.now();
    for (const sample of samples) way(sample);
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < stop);
  return best;
}

function inflateWays(): Record<string, Way> {
  const inflater = createInflater();
  const stream = new ZStream();
  zlibInflateInit(stream);
  return {
    ours: (sample) => inflater.inflate(memorySource(sample.stream), 0, new Uint8Array(sample.size)),
    'node:zlib': (sample) => inflateSync(sample.stream),
    'pako, reused': (sample) => {
      zlibInflateReset(stream);
      stream.input = sample.stream;
      stream.next_in = 0;
      stream.avail_in = sample.stream.length;
      stream.output = new Uint8Array(sample.size);
      stream.next_out = 0;
      stream.avail_out = sample.size;
      zlibInflate(stream, 4);
    },
    pako: (sample) => inflateWithPako(sample.stream),
  };
}

function print(
  name: string,
  samples: readonly Sample[],
  bytes: number,
  ways: Record<string, Way>,
): void {
  let ours: number | undefined;
  const cells = Object.entries(ways).map(([way, run]) => {
    const ms = measure(run, samples);
    ours ??= ms;
    const speed = (bytes / ms / 1000).toFixed(0);
    return `${way} ${((1000 * ms) / samples.length).toFixed(1)} µs ${speed} MB/s (${(ms / ours).toFixed(2)})`;
  });
  process.stdout.write(`${name.padEnd(16)} ${cells.join('  ')}\n`);
}

/** The first stream that a new process inflates: milliseconds, set-up included. */
function printFirst(sample: Sample): void {
  const format = JSON.stringify(join(import.meta.dirname, '../../image-tools/format/index.ts'));
  const stream = `Uint8Array.from(Buffer.from('${Buffer.from(sample.stream).toString('base64')}', 'base64'))`;
  const head = `const stream = ${stream}, out = new Uint8Array(${sample.size});`;
  const ways = {
    ours: [
      `import { createInflater, memorySource } from ${format};`,
      'createInflater().inflate(memorySource(stream), 0, out);',
    ],
    pako: ["import { inflate } from 'pako';", 'inflate(stream);'],
    'node:zlib': ["import { inflateSync } from 'node:zlib';", 'inflateSync(stream);'],
  };
  const cells = Object.entries(ways).map(([way, [imports, call]]) => {
    const script = `${imports}${head}const t = performance.now();${call}console.log(performance.now() - t);`;
    const times = Array.from({ length: 5 }, () =>
      Number(
        execFileSync(process.execPath, [
          '--conditions=docteur:source',
          '--input-type=module',
          '-e',
          script,
        ]),
      ),
    ).sort((a, b) => a - b);
    return `${way} ${(times[2] as number).toFixed(2)} ms`;
  });
  process.stdout.write(`first, ${sample.size} bytes: ${cells.join('  ')}\n`);
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: inflate.ts FOLDER');
const samples = readSamples(folder);
process.stdout.write(`inflate, by size of the object; in brackets the time against ours\n`);
for (const { name, min, max } of CLASSES) {
  const group = samples.filter(({ size }) => size > min && size < max);
  if (group.length === 0) continue;
  print(
    name,
    group,
    group.reduce((sum, { size }) => sum + size, 0),
    inflateWays(),
  );
}
for (const wanted of [5000, 25_000]) {
  const nearest = samples.toSorted((a, b) => Math.abs(a.size - wanted) - Math.abs(b.size - wanted));
  if (nearest[0] !== undefined) printFirst(nearest[0]);
}
process.stdout.write('SHA-1\n');
for (const size of [100, 4096, 65_536]) {
  const bytes = randomBytes(size);
  const ways = {
    ours: () => {
      const hash = newSha1();
      hash.update(bytes);
      return hash.digest();
    },
    'node:crypto': () => createHash('sha1').update(bytes).digest(),
  };
  const many = Array.from({ length: 100 }, () => ({ size, stream: new Uint8Array(0) }));
  print(`${size} bytes`, many, 100 * size, ways);
}
