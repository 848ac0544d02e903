// Boot times: images of more and more files, read through the tender by each reader.
// usage: node --conditions=docteur:source test/bench/boot.ts [--short] [--out FOLDER] [--baseline FILE]
//
// Every figure stands beside an empty script of the same Node in the same run. With --baseline, a
// ratio that is more than twice the stored one is a failure; a time never is.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Chart, renderCharts } from '../../scripts/plot.ts';

const GROSS = 2;
const PHASES = ['spawn', 'runtime', 'attach', 'mount', 'firstByte', 'exit'] as const;
const READERS = ['indexed', 'lazy', 'eager', 'analyze'] as const;

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    out: { type: 'string' },
    baseline: { type: 'string' },
  },
});
const sizes = options.short ? [100, 1000] : [100, 1000, 10_000, 100_000];
const rounds = options.short ? 7 : 11;
const root = join(import.meta.dirname, '..', '..');

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** What one reader did with one image; times in ms since the tender's start, heap and buffers in MiB. */
interface Row {
  readonly files: number;
  readonly reader: string;
  readonly phases: Record<string, Spread>;
  readonly memory: Spread;
  /** Bytes that the guest read from its block device. */
  readonly bytesRead: number;
  /** Median of the whole run, in empty scripts. */
  readonly ratio: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => Math.round((sorted[index] ?? Number.NaN) * 100) / 100;
  return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}

/** A folder of `files` pages of some 300 bytes, 100 in each directory. */
function writePages(folder: string, files: number): void {
  for (let page = 0; page < files; page += 1) {
    const chapter = join(folder, `part-${Math.floor(page / 10_000)}`, `${Math.floor(page / 100)}`);
    if (page % 100 === 0) mkdirSync(chapter, { recursive: true });
    const text = `# Page ${page}\n\n${`line ${(page * 2654435761) % 4294967296}\n`.repeat(16)}`;
    writeFileSync(join(chapter, `page-${page}.md`), text);
  }
}

function timeEmptyScript(script: string): number {
  const start = performance.now();
  spawnSync(process.execPath, [script], { env: {} });
  return performance.now() - start;
}

interface Run {
  readonly wall: number;
  readonly phases: Record<string, number>;
  readonly memory: number;
  readonly bytesRead: number;
}

function runTender(image: string, reader: string, path: string): Run {
  const start = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'dist/bin/tender.js'),
      '--timing',
      `--block:docteur=${image}`,
      '--',
      join(root, 'dist/guests/simple.js'),
      `--reader=${reader}`,
      `--filename=${path}`,
    ],
    { env: {}, encoding: 'utf8' },
  );
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`tender, ${reader}: status ${status}, ${stderr}`);
  const { memory, bytesRead, ...phases } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}');
  return { wall, phases, memory, bytesRead };
}

function measure(image: string, files: number, empty: string): Row[] {
  const runs = new Map<string, Run[]>(READERS.map((reader) => [reader, []]));
  const bases: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bases.push(timeEmptyScript(empty));
    for (const reader of READERS) {
      const page = Math.floor(((round + 0.5) / rounds) * files);
      const path = `part-${Math.floor(page / 10_000)}/${Math.floor(page / 100)}/page-${page}.md`;
      runs.get(reader)?.push(runTender(image, reader, path));
    }
  }
  return [...runs].map(([reader, list]) => ({
    files,
    reader,
    phases: Object.fromEntries(
      PHASES.map((phase) => [phase, spread(list.map(({ phases }) => phases[phase] ?? Number.NaN))]),
    ),
    memory: spread(list.map(({ memory }) => memory / 2 ** 20)),
    bytesRead: Math.max(...list.map(({ bytesRead }) => bytesRead)),
    ratio: spread(list.map(({ wall }) => wall)).median / spread(bases).median,
  }));
}

function printTable(rows: readonly Row[]): void {
  const head = ['files', 'reader', ...PHASES, 'memory MiB', 'KiB read', '× empty script'];
  const lines = [head, head.map(() => '---')];
  for (const { files, reader, phases, memory, bytesRead, ratio } of rows) {
    const cells = PHASES.map((phase) => {
      const { min, median, max } = phases[phase] as Spread;
      return `${min} / ${median} / ${max}`;
    });
    const read = (bytesRead / 1024).toFixed(0);
    lines.push([`${files}`, reader, ...cells, `${memory.median}`, read, ratio.toFixed(2)]);
  }
  process.stdout.write(`${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`);
}

function chart(title: string, rows: readonly Row[], value: (row: Row) => number): Chart {
  const series = READERS.map((name) => ({
    name,
    points: rows
      .filter(({ reader }) => reader === name)
      .map((row) => [row.files, value(row)] as const),
  }));
  return { title, xLabel: 'files in the image', series };
}

function charts(rows: readonly Row[]): Chart[] {
  const mount = ({ phases }: Row) =>
    (phases.mount?.median ?? Number.NaN) - (phases.attach?.median ?? Number.NaN);
  return [
    chart('to the first byte, ms', rows, ({ phases }) => phases.firstByte?.median ?? Number.NaN),
    chart('of that, mounting, ms', rows, mount),
    chart('heap and buffers of the guest, MiB', rows, ({ memory }) => memory.median),
    chart('read from the device, KiB', rows, ({ bytesRead }) => bytesRead / 1024),
  ];
}

/** Compares ratios with the stored ones; gives the number of gross regressions. */
function compare(rows: readonly Row[], baseline: readonly Row[]): number {
  let worse = 0;
  for (const { files, reader, ratio } of rows) {
    const stored = baseline.find((row) => row.files === files && row.reader === reader);
    if (stored === undefined) continue;
    const gross = ratio > GROSS * stored.ratio;
    if (gross) worse += 1;
    process.stdout.write(
      `${files} files, ${reader}: ${ratio.toFixed(2)} × an empty script, stored ${stored.ratio.toFixed(2)}${gross ? ' REGRESSION' : ''}\n`,
    );
  }
  return worse;
}

const folder = mkdtempSync(join(tmpdir(), 'docteur-boot-'));
try {
  const empty = join(folder, 'empty.js');
  writeFileSync(empty, '');
  const rows: Row[] = [];
  for (const files of sizes) {
    const pages = join(folder, `${files}`);
    const image = join(folder, `${files}.img`);
    writePages(pages, files);
    const make = join(root, 'dist/bin/docteur.make.js');
    execFileSync(process.execPath, [make, '--quiet', '--fast', pages, image]);
    rows.push(...measure(image, files, empty));
  }
  process.stdout.write(
    `boot times, Node ${process.version}: ms since the tender's start, min / median / max of ${rounds}\n\n`,
  );
  printTable(rows);
  if (options.out !== undefined) {
    mkdirSync(options.out, { recursive: true });
    writeFileSync(join(options.out, 'boot.json'), `${JSON.stringify(rows, undefined, 1)}\n`);
    writeFileSync(join(options.out, 'boot.svg'), renderCharts(charts(rows)));
  }
  if (options.baseline !== undefined) {
    const baseline = JSON.parse(readFileSync(options.baseline, 'utf8')) as Row[];
    if (compare(rows, baseline) > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
