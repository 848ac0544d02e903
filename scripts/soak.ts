// Random guests, readers and tools in parallel, with faults injected, for a bounded time; every byte
// read is compared with its source, and everything must be back where it started at the end.
// usage: node --conditions=docteur:source scripts/soak.ts [--minutes=10] [--seed=N] [--parallel=3]
// Exit status: 0 all right, 1 something found, 64 bad usage.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { becomes, processesWith, sharersOfMemory } from '../test/fixtures/processes.ts';
import { Random } from '../test/fuzz/random.ts';
import { ACTIONS } from '../test/soak/actions.ts';
import { makeSoakImage, type SoakImage } from '../test/soak/soak-image.ts';
import { parseNumberOption } from './number-option.ts';

/** MiB that this process may have grown by, after it has warmed up. */
const MAX_GROWTH = 128;

const NUMBER = /^[0-9]{1,9}(\.[0-9]+)?$/;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    parallel: { type: 'string', default: '3' },
  },
});
const minutes = parseNumberOption('minutes', values.minutes, NUMBER);
const seed = parseNumberOption('seed', values.seed, NUMBER);
const scratch = mkdtempSync(join(tmpdir(), 'docteur-soak-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
mkdirSync(join(scratch, 'damaged'));

interface Count {
  runs: number;
  bytes: number;
}
const counts = new Map<string, Count>();
let failures = 0;

function fail(text: string): void {
  failures += 1;
  process.stdout.write(`FOUND  ${text}\n`);
}

const openFiles = () => readdirSync('/proc/self/fd').length;
const memory = () => process.memoryUsage().rss / 2 ** 20;

async function work(worker: number, images: readonly SoakImage[], end: number): Promise<void> {
  const random = new Random(seed + worker);
  while (Date.now() < end) {
    const [name, action] = ACTIONS[random.below(ACTIONS.length)] as (typeof ACTIONS)[number];
    const image = images[random.below(images.length)] as SoakImage;
    const count = counts.get(name) ?? { runs: 0, bytes: 0 };
    counts.set(name, count);
    try {
      count.bytes += await action(image, random);
      count.runs += 1;
    } catch (error) {
      fail(`${name}: ${(error as Error).stack}`);
    }
  }
}

process.stdout.write(`seed ${seed}, ${minutes} minutes, ${values.parallel} at a time\n`);
// Guests know nothing of the scratch folder: their runtime's path tells that they are of this checkout.
const runtime = join(import.meta.dirname, '../dist/runtime');
const guestsBefore = processesWith(runtime);
const setUp = new Random(seed);
const images: SoakImage[] = [];
for (const name of ['a', 'b', 'c']) images.push(await makeSoakImage(scratch, name, setUp));
const start = Date.now();
const run = (part: number) =>
  Promise.all(
    Array.from({ length: parseNumberOption('parallel', values.parallel, NUMBER) }, (_, worker) =>
      work(worker, images, start + minutes * part * 60_000),
    ),
  );
await run(0.2);
const before = { files: openFiles(), memory: memory() };
await run(1);
const after = { files: openFiles(), memory: memory() };

for (const [name, { runs, bytes }] of counts) {
  process.stdout.write(`${name.padEnd(18)} ${runs} times, ${Math.round(bytes / 2 ** 20)} MiB\n`);
}
process.stdout.write(
  `descriptors ${before.files} -> ${after.files}, ` +
    `memory ${Math.round(before.memory)} -> ${Math.round(after.memory)} MiB\n`,
);
if (after.files > before.files) fail('descriptors are left open');
if (after.memory > before.memory + MAX_GROWTH) fail('memory grows');
const left = () => [
  ...processesWith(scratch),
  ...processesWith(runtime).filter((pid) => !guestsBefore.includes(pid)),
];
if (!(await becomes(() => left().length === 0))) {
  const sharers = left().filter((pid) => sharersOfMemory().includes(pid));
  fail(`processes are left: ${left()}, with shared memory: ${sharers}`);
}
const litter = readdirSync(join(scratch, 'images')).filter((name) => !name.endsWith('.img'));
if (litter.length > 0) fail(`files are left: ${litter}`);
process.stdout.write(`${failures} failures\n`);
process.exitCode = failures > 0 ? 1 : 0;
