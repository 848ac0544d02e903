// Which lines and branches of the sources the tests run, by Node's own coverage (NODE_V8_COVERAGE).
// usage: node scripts/coverage.ts [--json] [TEST...]
//   --json   one object a file on stdout; tap's own output goes to build/coverage/tap.log
// Seen is what runs from its source, in a test's process, its threads and its Node children. What runs
// from dist/ (the commands) or in a jail writes no coverage. Exit status: tap's.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  globSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FileCoverage, MergedCoverage, type ScriptCoverage } from './coverage/merge.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'build/coverage');
const raw = join(folder, 'raw');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});

/** The sources whose coverage is told: AssemblyScript runs as WebAssembly, which is not seen. */
const SOURCES = globSync('{tender,guest,image-tools}/**/*.ts', { cwd: root })
  .filter((path) => !path.includes('/wasm/'))
  .sort();

function runTests(): number {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });
  const log = openSync(join(folder, 'tap.log'), 'w');
  const { status } = spawnSync(join(root, 'node_modules/.bin/tap'), positionals, {
    cwd: root,
    env: { ...process.env, NODE_V8_COVERAGE: raw },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return status ?? 1;
}

/** Adds what each process saw, one process at a time: the files of all do not fit in memory. */
function readCoverage(): Map<string, MergedCoverage> {
  const files = new Map(
    SOURCES.map((path) => [path, new MergedCoverage(readFileSync(join(root, path), 'utf8'))]),
  );
  for (const name of readdirSync(raw)) {
    let scripts: ScriptCoverage[];
    try {
      ({ result: scripts } = JSON.parse(readFileSync(join(raw, name), 'utf8')));
    } catch {
      // A process that was killed while it wrote.
      continue;
    }
    for (const script of scripts) {
      if (!script.url.startsWith('file:')) continue;
      files.get(relative(root, fileURLToPath(script.url)))?.add(script);
    }
  }
  return files;
}

const percent = (covered: number, total: number) =>
  total === 0 ? '   -  ' : `${((100 * covered) / total).toFixed(1).padStart(5)}%`;

function printRow(name: string, { lines, branches }: FileCoverage, uncovered: string): void {
  const cells = [
    percent(lines.covered, lines.total),
    percent(branches.covered, branches.total),
    name.padEnd(56),
    uncovered,
  ];
  process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
}

// Node warns that stripping types is experimental: noise in this output.
process.removeAllListeners('warning');
const status = runTests();
const reports = [...readCoverage()]
  .map(([path, merged]) => ({ path, ...merged.report() }))
  // A file of types has no code.
  .filter(({ lines }) => lines.total > 0);
if (values.json) {
  for (const report of reports) process.stdout.write(`${JSON.stringify(report)}\n`);
} else {
  process.stdout.write(' lines  branch  file, and the lines that no test ran\n');
  const total = {
    lines: { covered: 0, total: 0 },
    branches: { covered: 0, total: 0 },
    uncovered: [],
  };
  for (const { path, ...report } of reports) {
    printRow(path, report, report.uncovered.join(' '));
    for (const what of ['lines', 'branches'] as const) {
      total[what].covered += report[what].covered;
      total[what].total += report[what].total;
    }
  }
  printRow('all', total, '');
  if (status !== 0) process.stdout.write(`tests failed: see ${join(folder, 'tap.log')}\n`);
}
process.exitCode = status;
