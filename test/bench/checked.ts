// What it costs to compare all that is read with its id: every file of an image once, by path.
// usage: node --conditions=docteur:source test/bench/checked.ts [REPOSITORY | IMAGE] [ROUNDS]
import { spawnSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODE_FILE, memorySource, OBJECT_BLOB } from '#format';
import { newNodeSha1 } from '../../guest/host/node-sha1.ts';
import { type MountOptions, mount } from '../../guest/reader/index.ts';
import { bundleGuest } from '../../scripts/bundle-guest.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import { filesBelow, type Measured, type Work } from './guests/measure.ts';
import { median } from './median.ts';

const root = join(import.meta.dirname, '../..');
const [given = root, rounds = '10'] = process.argv.slice(2);
const PIECE = 1 << 20;
const TARGET = 1.3;

/** Milliseconds of CPU time, which other work on the machine does not change much. */
function readAll(image: Uint8Array, options: MountOptions): number {
  const start = process.cpuUsage();
  const fs = mount(memorySource(image), options);
  for (const path of filesBelow(fs)) {
    const size = fs.size(path);
    if (size <= PIECE) fs.view(path);
    else for (let at = 0; at < size; at += PIECE) fs.getPartial(path, at, PIECE);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Prints the medians of the two times and of their ratios; gives the unchecked one. */
function report(name: string, measure: (check: boolean) => number): number {
  const times = { unchecked: [] as number[], checked: [] as number[] };
  // The first half warms up: compilation is counted too, and ends after some rounds. The two take
  // turns to be first: otherwise garbage collection, every other round, falls to the same one always.
  for (let round = 0; round < 2 * Number(rounds); round++) {
    for (const check of round % 2 === 0 ? [false, true] : [true, false]) {
      times[check ? 'checked' : 'unchecked'].push(measure(check));
    }
  }
  const measured = (all: readonly number[]) => all.slice(Number(rounds));
  const [unchecked, checked] = [measured(times.unchecked), measured(times.checked)];
  // Of each round by itself: the machine can be slower for a while, and then is so for both.
  const ratio = median(checked.map((time, round) => time / (unchecked[round] as number)));
  const verdict = ratio <= TARGET ? 'met' : 'missed';
  process.stdout.write(
    `${name.padEnd(42)} ${median(checked).toFixed(1)} ms of ${median(unchecked).toFixed(1)}: ${ratio.toFixed(2)}, ${verdict}\n`,
  );
  return median(unchecked);
}

/** Prints what OpenSSL's SHA-1 of the same files takes, in memory already: what is hashed costs no less. */
function reportFloor(image: Uint8Array, unchecked: number): void {
  const fs = mount(memorySource(image), { reader: 'lazy' });
  const sizes = filesBelow(fs).map((path) => fs.size(path));
  const bytes = new Uint8Array(Math.max(0, ...sizes));
  const times = Array.from({ length: Number(rounds) }, () => {
    const start = performance.now();
    for (const size of sizes) hash('sha1', bytes.subarray(0, size));
    return performance.now() - start;
  });
  const alone = Math.min(...times);
  const floor = 1 + alone / unchecked;
  process.stdout.write(
    `${'SHA-1 of these files alone'.padEnd(42)} ${alone.toFixed(1)} ms: at least ${floor.toFixed(2)}\n`,
  );
}

/** One file whose content compresses as text does, and is no delta. */
function oneFile(size: number): Uint8Array {
  const words = Array.from({ length: 5000 }, () => randomBytes(4).toString('hex'));
  let text = '';
  while (text.length < size) text += `${words[Math.floor(Math.random() * words.length)]} `;
  const image = new HandmadeImage();
  const oid = image.add(OBJECT_BLOB, Buffer.from(text));
  return image.finish(image.addTree([{ mode: MODE_FILE, name: 'file', oid }]));
}

const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-checked-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const guest = join(scratch, 'guest.js');
await bundleGuest(join(root, 'test/bench/guests/readers.ts'), guest);

type Sandbox = 'strict' | 'portable';

/** Milliseconds of the guest's clock: boot and every file once, through the tender. */
function inGuest(image: Uint8Array, kind: Work['kind'], sandbox: Sandbox = 'strict') {
  const disk = join(scratch, 'disk.img');
  writeFileSync(disk, image);
  const tender = [join(root, 'dist/bin/tender.js'), `--sandbox=${sandbox}`, `--block:disk=${disk}`];
  return (check: boolean): number => {
    const args = ['--mem=1024', '--', guest, kind, 'lazy', ...(check ? ['check'] : [])];
    const { stdout, stderr } = spawnSync(process.execPath, [...tender, ...args], { env: {} });
    if (stdout.length === 0) throw new Error(`${stderr}`);
    return (JSON.parse(`${stdout}`) as Measured).total;
  };
}

const image = statSync(given).isFile()
  ? readFileSync(given)
  : imageOfRepository(given, { packOptions: ['--delta-base-offset'] });
const newHash = newNodeSha1;
const inProcess = (bytes: Uint8Array, options: MountOptions) => (check: boolean) =>
  readAll(bytes, { reader: 'lazy', check, ...options });
const unchecked = report("every file, in a guest, the host's SHA-1", inGuest(image, 'all-by-path'));
reportFloor(image, unchecked);
report('every file, in a guest, our SHA-1', inGuest(image, 'all-by-path', 'portable'));
report("every file, a program, Node's SHA-1", inProcess(image, { newHash }));
report('every file, a program, our SHA-1', inProcess(image, {}));
for (const size of [8, 40, 60]) {
  const file = oneFile(size * PIECE);
  const name = `a file of ${size} MiB, in pieces`;
  report(`${name}, in a guest`, inGuest(file, 'in-pieces'));
  report(`${name}, a program`, inProcess(file, { newHash }));
}
