// The path index beside the readers without one: boot, first byte, look-ups, listing and memory
// against the number of files, and what the index itself costs. Prints a table.
// usage: node --conditions=docteur:source test/bench/index.ts
//          [--max=100000] [--corpus=FOLDER] [--json=FILE] [--plot=FILE.svg]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  DEFAULT_LIMITS,
  type DirectoryNames,
  memorySource,
  openImage,
  openPathIndex,
  type PathIndex,
} from '#format';
import { indexImage, makeImage } from '../../image-tools/index.ts';
import { type Chart, renderCharts } from '../../scripts/plot.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';
import { generatePaths } from './index-paths.ts';
import type { Measures } from './index-reader.ts';

const READERS = ['lazy', 'eager', 'indexed'] as const;

interface Row {
  readonly files: number;
  readonly indexSize: number;
  /** Bytes of the names as the index holds them, with their lengths. */
  readonly nameSize: number;
  readonly buildSeconds: number;
  readonly readers: Record<(typeof READERS)[number], Measures>;
}

const { values: options } = parseArgs({
  options: {
    max: { type: 'string', default: '100000' },
    corpus: { type: 'string' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});

function measure(image: string, reader: string, files: number): Measures {
  const script = join(import.meta.dirname, 'index-reader.ts');
  const flags = ['--expose-gc', '--conditions=docteur:source'];
  const output = execFileSync(process.execPath, [...flags, script, image, reader, `${files}`]);
  return JSON.parse(output.toString());
}

function measureNames(index: PathIndex, files: number): number {
  const folders = new Set<string>();
  for (const path of generatePaths(files)) {
    const segments = path.split('/');
    for (let depth = 0; depth < segments.length; depth++) {
      folders.add([...segments.slice(0, depth), ''].join('\0'));
    }
  }
  let size = 0;
  for (const folder of folders) {
    const names = index.list(Buffer.from(`${folder}\0`), Number.MAX_SAFE_INTEGER, () => {});
    size += frontCodedSize(names);
  }
  return size;
}

/** Two lengths for each name, and the bytes that the name before does not share. */
function frontCodedSize({ bytes, length, count }: DirectoryNames): number {
  let size = 2 * count;
  let before = 0;
  for (let start = 1; start < length; ) {
    const end = bytes.indexOf(0, start);
    let common = 0;
    while (bytes[before + common] === bytes[start + common]) common += 1;
    size += end - start - common;
    [before, start] = [start, end + 1];
  }
  return size;
}

function measureAll(folder: string, files: number): Row {
  const file = join(folder, `${files}.img`);
  const plain = generateImage(generatePaths(files));
  const startedAt = performance.now();
  const indexed = withPathIndex(plain);
  const buildSeconds = (performance.now() - startedAt) / 1000;
  writeFileSync(file, indexed);
  const index = openPathIndex(openImage(memorySource(indexed), DEFAULT_LIMITS)) as PathIndex;
  const [lazy, eager, byIndex] = READERS.map((reader) => measure(file, reader, files));
  rmSync(file);
  return {
    files: index.footer.pathCount,
    indexSize: indexed.length - plain.length,
    nameSize: measureNames(index, files),
    buildSeconds,
    readers: { lazy, eager, indexed: byIndex } as Row['readers'],
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const COLUMNS: readonly [string, (measures: Measures) => string][] = [
  ['boot ms', ({ boot }) => boot.toFixed(2)],
  ['reads', ({ bootReads }) => `${bootReads}`],
  ['first byte ms', ({ firstByte }) => firstByte.toFixed(2)],
  ['cold look-up us', ({ cold }) => (cold * 1000).toFixed(0)],
  ['reads', ({ coldReads, coldReadSize }) => `${coldReads} of <= ${coldReadSize}`],
  ['warm us', ({ warm }) => (warm * 1000).toFixed(1)],
  ['random us', ({ random }) => (random * 1000).toFixed(1)],
  ['list 1,000 us', ({ list }) => (list * 1000).toFixed(0)],
  ['again us', ({ listWarm }) => (listWarm * 1000).toFixed(0)],
  ['memory KiB', ({ memory }) => (memory / 1024).toFixed(0)],
];

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padStart(i < 2 ? 9 : 15)).join(' ');
}

function printRow({ files, readers, indexSize, nameSize, buildSeconds }: Row): void {
  for (const reader of READERS) {
    const cells = COLUMNS.map(([, format]) => format(readers[reader]));
    print(line([`${files}`, reader, ...cells]));
  }
  const perPath = (size: number) => (size / files).toFixed(1);
  print(
    `${line([`${files}`, 'index'])}   ${indexSize} bytes, ${perPath(indexSize)} a path, ` +
      `${perPath(nameSize)} of them names; built in ${buildSeconds.toFixed(2)} s`,
  );
}

/** What the index adds to an image of real files. */
async function measureCorpus(folder: string, source: string): Promise<Record<string, number>> {
  const image = join(folder, 'corpus.img');
  const made = await makeImage({ source, image, noIndex: true });
  const { paths, indexSize, seconds } = await indexImage(image);
  return {
    paths,
    imageSize: made.sizes.image,
    indexSize,
    indexShare: indexSize / made.sizes.image,
    packSeconds: made.seconds,
    indexSeconds: seconds,
    timeShare: seconds / made.seconds,
  };
}

function charts(rows: readonly Row[]): Chart[] {
  const milliseconds = (value: number) =>
    value < 1 ? `${Number((value * 1000).toPrecision(1))} µs` : `${value} ms`;
  const chart = (
    title: string,
    value: (measures: Measures) => number,
    formatY: (value: number) => string,
  ): Chart => ({
    title,
    xLabel: 'files',
    formatY,
    series: READERS.map((name) => ({
      name,
      points: rows.map(({ files, readers }) => [files, value(readers[name])] as const),
    })),
  });
  return [
    chart('Boot', ({ boot }) => boot, milliseconds),
    chart('Boot and the first file', ({ firstByte }) => firstByte, milliseconds),
    chart('Cold look-up', ({ cold }) => cold, milliseconds),
    chart('Warm look-up', ({ warm }) => warm, milliseconds),
    chart('Listing 1,000 entries, cold', ({ list }) => list, milliseconds),
    chart(
      'Memory',
      ({ memory }) => Math.max(memory, 1) / 1000,
      (value) => (value < 1000 ? `${value} kB` : `${value / 1000} MB`),
    ),
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'docteur-index-'));
try {
  const rows: Row[] = [];
  print(line(['paths', 'reader', ...COLUMNS.map(([name]) => name)]));
  for (let files = 1000; files <= Number(options.max); files *= 10) {
    const row = measureAll(folder, files);
    printRow(row);
    rows.push(row);
  }
  const corpus =
    options.corpus === undefined ? undefined : await measureCorpus(folder, options.corpus);
  if (corpus !== undefined) print(`\ncorpus ${JSON.stringify(corpus)}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ rows, corpus }, null, 2)}\n`);
  if (options.plot) writeFileSync(options.plot, renderCharts(charts(rows)));
} finally {
  rmSync(folder, { recursive: true });
}
