// What a whole run of the tender costs beside an empty script of the same Node, in one run.
// usage: node --conditions=docteur:source test/bench/startup.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedPath } from '../fixtures/shared.ts';
import { median } from './median.ts';

const TARGET = 2.6;
const rounds = Number(process.argv[2] ?? 21);
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-'));
const empty = join(folder, 'empty.js');
writeFileSync(empty, '');
const image = sharedPath('golden/store-512.img') ?? join(root, 'disk.img');
if (!existsSync(image)) throw new Error(`${image}: no image; make run leaves one`);
const guest = join(root, 'dist/guests/simple.js');
const tender = [join(root, 'dist/bin/tender.js'), `--block:docteur=${image}`];
const read = ['--', guest, '--filename', 'README.md'];

const CASES: Record<string, string[]> = {
  'an empty script': [empty],
  'tender, strict': [...tender, ...read],
  'tender, no code kept': [...tender, '--no-code-cache', ...read],
  'tender, portable': [...tender, '--sandbox=portable', ...read],
};

const times = new Map<string, number[]>(Object.keys(CASES).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, args] of Object.entries(CASES)) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { XDG_CACHE_HOME: folder },
    });
    times.get(name)?.push(performance.now() - start);
    if (status !== 0) throw new Error(`${name}: status ${status} ${stderr}`);
  }
}
rmSync(folder, { recursive: true });

const base = times.get('an empty script') ?? [];
process.stdout.write(`startup, Node ${process.version}, ${rounds} rounds, ms to the end\n`);
for (const [name, values] of times) {
  const ratio = median(values) / median(base);
  const best = Math.min(...values) / Math.min(...base);
  const ms = `median ${median(values).toFixed(1)}, best ${Math.min(...values).toFixed(1)}`;
  process.stdout.write(
    `${name.padEnd(20)} ${ms}, of empty ${ratio.toFixed(2)} (best ${best.toFixed(2)})\n`,
  );
}
process.stdout.write(`target: tender, strict at most ${TARGET} of an empty script\n`);
