// Images made again with --from: wall, processor and size beside a full run, generation by generation, each with
// one file in a hundred changed. Needs `make build` and GNU time.
// usage: node --conditions=docteur:source test/bench/rebuild.ts FOLDER [--generations=N]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../scripts/corpus.ts';
import { measureCommand } from './measure-command.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { generations: { type: 'string', default: '10' } },
});
const MAKE = join(import.meta.dirname, '../../dist/bin/docteur.make.js');
const ONE_IN = 100;
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-rebuild-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const folder = join(scratch, 'folder');
execFileSync('cp', ['-a', resolve(positionals[0] ?? 'build/docs'), folder]);
const files = execFileSync('find', [folder, '-type', 'f', '-print0'])
  .toString()
  .split('\0')
  .filter((file) => file !== '')
  .sort();
const random = new Random(1);

function make(image: string, ...flags: string[]) {
  const { stdout, cost } = measureCommand([
    ...[process.execPath, MAKE, '--json', '--quiet', '--date=2020-10-10T08:00:00+00:00'],
    ...[...flags, `relativize://${folder}`, image],
  ]);
  const { sizes } = JSON.parse(stdout.toString());
  return { wall: cost.wall, cpu: cost.user + cost.system, size: sizes.pack + sizes.idx };
}

/** Inserts a line in the middle of one file in a hundred. */
function change(generation: number): void {
  for (const file of files) {
    if (random.below(ONE_IN) > 0 || statSync(file).size > 1 << 20) continue;
    const content = readFileSync(file);
    const middle = content.indexOf(10, content.length / 2) + 1;
    const line = Buffer.from(`changed in generation ${generation}: ${random.below(1e9)}\n`);
    writeFileSync(
      file,
      Buffer.concat([content.subarray(0, middle), line, content.subarray(middle)]),
    );
  }
}

let old = join(scratch, 'first.img');
make(old);
const generations = Number(options.generations);
for (let generation = 1; generation <= generations; generation += 1) {
  change(generation);
  const image = join(scratch, `${generation}.img`);
  const again = make(image, '--from', old);
  // A full run takes long: only the first and the last generation are compared with one.
  if (generation === 1 || generation === generations) compare(generation, again, old);
  rmSync(old);
  old = image;
}

function compare(generation: number, again: ReturnType<typeof make>, old: string): void {
  const trusted = make(join(scratch, 'trusted.img'), '--from', old, '--trust-from');
  const full = make(join(scratch, 'full.img'));
  const parts = (cost: typeof again) =>
    `wall ${(cost.wall / full.wall).toFixed(3)}, processor ${(cost.cpu / full.cpu).toFixed(3)}`;
  process.stdout.write(
    `generation ${generation}, of a full run of ${full.wall.toFixed(1)} s:
  --from                ${parts(again)}, size ${(again.size / full.size).toFixed(3)} (target: ${generation > 1 ? 1.05 : 1.02})
  --from --trust-from   ${parts(trusted)} (target: wall 0.15)\n`,
  );
}
