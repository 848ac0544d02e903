// What it costs to load packages out of an image, beside a folder and Node's own ZIP provider: processor time of a
// process that requires one package, set-up included, less that of a process that requires nothing. The second table
// is the same with Node's compile cache, which all of them may have. `memory` is a provider of Node's virtual file
// systems that has everything in a Map, and its set-up is left out: what those cost by themselves.
// usage: node --conditions=docteur:source test/bench/modules.ts [APP_FOLDER PACKAGE...]
//   without arguments, this project's own node_modules and packages of it; it ends within two minutes
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeImage } from '../../image-tools/index.ts';
import { NODES } from '../fixtures/nodes.ts';
import { median } from './median.ts';

const started = performance.now();
/** No round begins that would perhaps end later, in seconds after the start. */
const MAX_SECONDS = 100;
const MAX_ROUNDS = 7;
/** Of the folder's time, of the ZIP's time, of the ZIP's size. */
const TARGETS = { folder: 1.3, zip: 0.6, size: 0.65 };

const root = join(import.meta.dirname, '../..');
const [given = root, ...named] = process.argv.slice(2);
const app = realpathSync(given);
const packages = named.length > 0 ? named : ['typescript', 'webpack', 'express'];

const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-modules-'));
process.on('exit', () => rmSync(scratch, { recursive: true }));
const image = join(scratch, 'app.img');
const zip = join(scratch, 'app.zip');
const library = (name: string) => join(root, 'dist/library', name);
const quote = (value: unknown) => JSON.stringify(value);

// What is no package, or no JavaScript.
const exclude = app === root ? ['/.git', '/build', '/dist', '/test', '/node_modules/.*'] : [];
await makeImage({ source: app, image, moduleMap: true, exclude });
const hasZip = (() => {
  try {
    const left = exclude.flatMap((path) => ['-x', `.${path}*`]);
    execFileSync('zip', ['-qr', zip, '.', ...left], { cwd: app });
    return existsSync(zip);
  } catch {
    return false;
  }
})();

interface Way {
  readonly name: string;
  readonly node: string;
  readonly args: readonly string[];
  /** JavaScript that gives the folder of the packages. */
  readonly at: (name: string) => string;
  readonly hasSetUp: boolean;
  /** Only what follows the set-up counts. */
  readonly isLate?: boolean;
}

const [, current, newest] = NODES;
const ways: Way[] = [];
const folder = { args: [], at: () => quote(app), hasSetUp: false };
if (current?.skip === false) {
  const { path: node, version } = current;
  ways.push({ name: `folder ${version}`, node, ...folder });
  const args = ['--import', library('register.js')];
  ways.push({ name: `hooks ${version}`, node, args, at: () => quote(image), hasSetUp: true });
}
if (newest?.skip === false) {
  const { path: node, version } = newest;
  const flag = '--experimental-vfs';
  ways.push({ name: `folder ${version}`, node, ...folder });
  const provider = join(import.meta.dirname, 'memory-provider.cjs');
  ways.push({
    name: `memory ${version}`,
    node,
    args: [flag],
    at: (name) => `require(${quote(provider)}).mount(${quote(app)}, ${quote(filesOf(name))})`,
    hasSetUp: false,
    isLate: true,
  });
  const mounted = `require(${quote(library('vfs.js'))}).mountImage(${quote(image)}).mountPoint`;
  const args = [flag, '--import', library('vfs.js')];
  ways.push({ name: `vfs ${version}`, node, args, at: () => mounted, hasSetUp: true });
  if (hasZip) {
    const at = () => quote('/dev/null/vfs/0');
    ways.push({
      name: `zip ${version}`,
      node,
      args: [flag, `--vfs-mount=${zip}`],
      at,
      hasSetUp: true,
    });
  }
}

const known = new Map<string, string[]>();
/** The files that a package loads. */
function filesOf(name: string): string[] {
  const files =
    known.get(name) ??
    JSON.parse(
      run(
        process.execPath,
        [],
        `${load(quote(app), name)};
process.stdout.write(JSON.stringify(Object.keys(require.cache)))`,
        {},
      ),
    );
  known.set(name, files);
  return files;
}

function load(at: string, name: string): string {
  return `require('node:module').createRequire(${at} + '/x.js')(${quote(name)})`;
}

function run(node: string, args: readonly string[], script: string, env: Record<string, string>) {
  return execFileSync(node, ['--no-warnings', ...args, '-e', script], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
}

/** Milliseconds of processor time. @param name the package; undefined for the set-up alone */
function measure({ node, args, at, isLate }: Way, name: string | undefined, cache: string): number {
  const script = `const at = ${at(name ?? '')};
const from = ${isLate ? 'process.cpuUsage()' : '{ user: 0, system: 0 }'};
${name === undefined ? '' : load('at', name)};
const { user, system } = process.cpuUsage();
process.stdout.write(String((user + system - from.user - from.system) / 1000));`;
  const uses = args.includes(library('register.js')) ? { DOCTEUR_REGISTER: image } : {};
  return Number(run(node, args, script, { ...uses, ...(cache && { NODE_COMPILE_CACHE: cache }) }));
}

const nothing: Omit<Way, 'node'> = { name: '', args: [], at: () => "''", hasSetUp: false };
const cached = join(scratch, 'cache');
const rows = [
  { name: undefined, cache: '' },
  ...packages.map((name) => ({ name, cache: '' })),
  ...packages.map((name) => ({ name, cache: cached })),
].map((row) => ({ ...row, times: new Map<string, number[]>() }));

let rounds = 0;
// The first round fills the compile cache.
for (let last = started; rounds <= MAX_ROUNDS; rounds++) {
  const now = performance.now();
  if (rounds > 2 && now + (now - last) - started > MAX_SECONDS * 1000) break;
  last = now;
  for (const { name, cache, times } of rows) {
    for (const way of ways) {
      if (name === undefined && !way.hasSetUp) continue;
      const bare = way.isLate ? 0 : measure({ ...nothing, node: way.node }, undefined, '');
      const time = measure(way, name, cache) - bare;
      if (rounds > 0) times.set(way.name, [...(times.get(way.name) ?? []), time]);
    }
  }
}

const megabytes = (path: string) => (statSync(path).size / 1e6).toFixed(1);
process.stdout.write(`image ${megabytes(image)} MB`);
if (hasZip) {
  const ratio = (statSync(image).size / statSync(zip).size).toFixed(2);
  process.stdout.write(`, zip ${megabytes(zip)} MB, ratio ${ratio} (target ${TARGETS.size})`);
}
process.stdout.write(`; medians of ${rounds - 1} rounds, ms\n`);
const compared = ways.filter(({ name }) => /^(hooks|memory|vfs)/.test(name));
for (const cache of ['', cached]) {
  const heads = [
    cache === '' ? 'package' : 'with the compile cache',
    ...ways.map(({ name }) => name),
    ...compared.map(({ name }) => `${name}, of the folder`),
    ...(hasZip ? ['vfs, of the zip'] : []),
  ];
  process.stdout.write(`\n| ${heads.join(' | ')} |\n|${'---|'.repeat(heads.length)}\n`);
  for (const row of rows.filter((row) => row.cache === cache)) {
    const of = (name: string) => median(row.times.get(name) ?? [Number.NaN]);
    const ratio = (one: number, other: number) => shown(one / other, 2);
    const release = (name: string) => name.split(' ')[1];
    const cells = [
      row.name ?? 'set-up alone',
      ...ways.map(({ name }) => shown(of(name), 0)),
      ...compared.map(({ name }) => ratio(of(name), of(`folder ${release(name)}`))),
      ...(hasZip ? [ratio(of(`vfs ${newest?.version}`), of(`zip ${newest?.version}`))] : []),
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}
process.stdout.write(`\ntargets: ${TARGETS.folder} of the folder, ${TARGETS.zip} of the zip\n`);

function shown(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '';
}
