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
for (let generation = 1; generation <= Number(options.generations); generation += 1) {
  change(generation);
  const image = join(scratch, `${generation}.img`);
  const again = make(image, '--from', old);
  const full = make(join(scratch, 'full.img'));
  rmSync(old);
  old = image;
  const [wall, cpu, size] = (['wall', 'cpu', 'size'] as const).map((key) =>
    (again[key] / full[key]).toFixed(3),
  );
  process.stdout.write(
    `generation ${generation}: ${again.wall.toFixed(1)} s of ${full.wall.toFixed(1)}: wall ${wall} (target 0.15), processor ${cpu}, size ${size} (target 1.02, 1.05 after ten)\n`,
  );
}
