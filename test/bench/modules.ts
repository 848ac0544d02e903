// What it costs to load packages out of an image, beside a folder and Node's own ZIP provider: processor time of a
// process that requires one package, set-up included, less that of a process that requires nothing. The second table
// is the same with Node's compile cache, which all of them may have.
// usage: node --conditions=docteur:source test/bench/modules.ts [APP_FOLDER PACKAGE...]
//   without arguments, this project's own node_modules and packages of it
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeImage } from '../../image-tools/index.ts';
import { NODES } from '../fixtures/nodes.ts';
import { median } from './median.ts';

const root = join(import.meta.dirname, '../..');
const [app = root, ...named] = process.argv.slice(2);
const packages = named.length > 0 ? named : ['typescript', 'webpack', 'express'];
const ROUNDS = 5;
/** Of the folder's time, of the ZIP's time, of the ZIP's size. */
const TARGETS = { folder: 1.3, zip: 0.6, size: 0.65 };

const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-modules-'));
process.on('exit', () => rmSync(scratch, { recursive: true }));
const image = join(scratch, 'app.img');
const zip = join(scratch, 'app.zip');
const library = (name: string) => join(root, 'dist/library', name);

// What is no package, or no JavaScript.
const exclude = ['/.git', '/build', '/dist', '/test', '/node_modules/.*', '/node_modules/@biomejs'];
await makeImage({
  source: `relativize://${app}`,
  image,
  moduleMap: true,
  exclude: app === root ? exclude : [],
});
const hasZip = (() => {
  try {
    const left = app === root ? exclude.map((path) => `.${path}*`) : [];
    execFileSync('zip', ['-qr', zip, '.', ...left.flatMap((path) => ['-x', path])], { cwd: app });
    return true;
  } catch {
    return false;
  }
})();

interface Way {
  readonly name: string;
  readonly node: string;
  readonly args: readonly string[];
  /** JavaScript that gives the folder of the packages. */
  readonly at: string;
}

const [, current, newest] = NODES;
const ways: Way[] = [];
if (current?.skip === false) {
  const { path: node, version } = current;
  ways.push({ name: `folder ${version}`, node, args: [], at: JSON.stringify(app) });
  const hooks = ['--import', library('register.js')];
  ways.push({ name: `hooks ${version}`, node, args: hooks, at: JSON.stringify(image) });
}
if (newest?.skip === false) {
  const { path: node, version } = newest;
  ways.push({ name: `folder ${version}`, node, args: [], at: JSON.stringify(app) });
  const vfs = ['--experimental-vfs', '--import', library('vfs.js')];
  const mounted = `require(${JSON.stringify(library('vfs.js'))}).mountImage(${JSON.stringify(image)}).mountPoint`;
  ways.push({ name: `vfs ${version}`, node, args: vfs, at: mounted });
  if (hasZip && existsSync(zip)) {
    ways.push({
      name: `zip ${version}`,
      node,
      args: ['--experimental-vfs', `--vfs-mount=${zip}`],
      at: "'/dev/null/vfs/0'",
    });
  }
}

/** Milliseconds of processor time. */
function measure({ node, args, at }: Way, name: string | undefined, cache: string): number {
  const load = `require('node:module').createRequire((${at}) + '/x.js')(${JSON.stringify(name)})`;
  const script = `${name === undefined ? '' : load}; const u = process.cpuUsage();
process.stdout.write(String((u.user + u.system) / 1000))`;
  const env = {
    PATH: process.env.PATH,
    ...(name !== undefined && { DOCTEUR_REGISTER: image }),
    ...(cache !== '' && { NODE_COMPILE_CACHE: cache }),
  };
  const used = name === undefined ? [] : args;
  const out = execFileSync(node, ['--no-warnings', ...used, '-e', script], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Number(out);
}

const megabytes = (path: string) => statSync(path).size / 1e6;
process.stdout.write(`image ${megabytes(image).toFixed(1)} MB`);
if (hasZip) {
  const ratio = megabytes(image) / megabytes(zip);
  process.stdout.write(
    `, zip ${megabytes(zip).toFixed(1)} MB, ratio ${ratio.toFixed(2)} (target ${TARGETS.size})`,
  );
}
process.stdout.write('\n');
const vfsName = ways.find(({ name }) => name.startsWith('vfs'))?.name;
const zipName = ways.find(({ name }) => name.startsWith('zip'))?.name;
for (const cache of ['', join(scratch, 'cache')]) {
  const heads = [...ways.map(({ name }) => name), 'of the folder', 'of the zip'];
  process.stdout.write(
    `\n| ${cache === '' ? 'package' : 'with the compile cache'} | ${heads.join(' | ')} |\n`,
  );
  process.stdout.write(`|---${'|---'.repeat(heads.length)}|\n`);
  for (const name of packages)
    process.stdout.write(`| ${name} | ${row(name, cache).join(' | ')} |\n`);
}
process.stdout.write(`\ntargets: ${TARGETS.folder} of the folder, ${TARGETS.zip} of the zip\n`);

/** Medians, in milliseconds, and what they are of the peers'. */
function row(name: string, cache: string): string[] {
  const times = new Map<string, number[]>(ways.map((way) => [way.name, []]));
  // The first round fills the cache.
  for (let round = cache === '' ? 0 : -1; round < ROUNDS; round++) {
    for (const way of ways) {
      const time = measure(way, name, cache) - measure(way, undefined, cache);
      if (round >= 0) times.get(way.name)?.push(time);
    }
  }
  const of = (way: string) => median(times.get(way) ?? [Number.NaN]);
  const ratios = ways
    .filter((way) => /^(hooks|vfs)/.test(way.name))
    .map(
      (way) => `${way.name} ${(of(way.name) / of(way.name.replace(/^\S+/, 'folder'))).toFixed(2)}`,
    );
  const ofZip = vfsName && zipName ? (of(vfsName) / of(zipName)).toFixed(2) : '-';
  return [...ways.map((way) => of(way.name).toFixed(0)), ratios.join(', '), ofZip];
}
