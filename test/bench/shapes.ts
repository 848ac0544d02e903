// docteur.make beside git on a dozen corpora of different shapes, all of them generated: no packer is best
// on everything, and this shows where ours is not. Needs `make build`, git and GNU time.
// usage: node --conditions=docteur:source test/bench/shapes.ts
//          [--seed=N] [--size=N] [--quick] [--keep=FOLDER] [--json=FILE] [SHAPE...]
//   --size    megabytes of content a shape (default: 24)
//   --quick   without --best and git's window of 250
//   --keep    write the corpora there and leave them, and measure nothing
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GitPacker, type Outcome, runDocteur } from './packers.ts';
import { SHAPES, writeShape } from './shapes/index.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    size: { type: 'string', default: '24' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'string' },
    json: { type: 'string' },
  },
});

/** Our PACK and IDX are to be at most these parts of git's, on every shape. */
const MOST_DEFAULT = 1;
const MOST_BEST = 0.97;

const seed = Number(options.seed);
const bytes = Number(options.size) * 1e6;
const names = positionals.length > 0 ? positionals : Object.keys(SHAPES);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function verdict(ours: Outcome, git: Outcome, timed: Outcome, most: number): string {
  const size = ours.size / git.size;
  const wall = ours.wall / timed.wall;
  return `${size.toFixed(3)} ${size <= most ? 'ok    ' : 'MISSED'} wall ${wall.toFixed(2)}`;
}

function benchShape(name: string): Record<string, Outcome> {
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-shapes-'));
  try {
    const folder = join(scratch, name);
    const written = writeShape(name, folder, { seed, bytes });
    const git = new GitPacker(folder, scratch);
    const image = join(scratch, 'image');
    const outcomes: Record<string, Outcome> = {
      default: runDocteur(folder, image, 'default'),
      w10: git.repack(10),
      w50: git.repack(50),
    };
    if (!options.quick) {
      outcomes.best = runDocteur(folder, image, 'best');
      outcomes.w250 = git.repack(250);
    }
    const { default: ours, w10, w50, best, w250 } = outcomes as Record<string, Outcome>;
    const cells = [
      name.padEnd(16),
      `${written.files}`.padStart(6),
      `${(written.bytes / 1e6).toFixed(1)}`.padStart(7),
      `${((ours as Outcome).size / 1e6).toFixed(3)}`.padStart(8),
      ` default ${verdict(ours as Outcome, w50 as Outcome, w10 as Outcome, MOST_DEFAULT)}`,
      best && w250 ? ` best ${verdict(best, w250, w250, MOST_BEST)}` : '',
    ];
    print(cells.join(' '));
    return outcomes;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

if (options.keep !== undefined) {
  for (const name of names) writeShape(name, join(options.keep, name), { seed, bytes });
} else {
  print(`seed ${seed}: files, MB, MB packed; size relative to git's windows of 50 and 250,`);
  print('wall relative to git add and a repack with windows of 10 and 250\n');
  const results: Record<string, Record<string, Outcome>> = {};
  for (const name of names) results[name] = benchShape(name);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ seed, bytes, results }, null, 2)}\n`);
  }
}
