// Every check that needs no run of the product: types, lint and format, the import table, dead code,
// and that what is made from sources (WebAssembly, the reference) is up to date.
// usage: node scripts/check.ts
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../image-tools/docteur/registry.ts';
import { lockfileFaults } from './lockfile-faults.ts';

const root = join(import.meta.dirname, '..');
const VIEWER = 'image-tools/docteur/browse/page';
const ROOMS = ['tender', 'guest', 'image-tools'];

function run(name: string, args: string[]): { ok: boolean; stdout: string } {
  const result = spawnSync(join(root, 'node_modules/.bin', name), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  return { ok: result.status === 0, stdout: result.stdout };
}

/** A cruiser that saw no module checked nothing: that must fail too. */
function checkImports(): { ok: boolean; stdout: string } {
  const { ok, stdout } = run('depcruise', [...ROOMS, '--config', '.dependency-cruiser.mjs']);
  const seen = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
  return {
    ok: ok && seen >= 10,
    stdout: seen >= 10 ? stdout : `${stdout}only ${seen} modules seen`,
  };
}

/** A check that is a script of its own. */
function script(name: string, ...args: string[]): { ok: boolean; stdout: string } {
  const path = join(root, 'scripts', name);
  const { status } = spawnSync(process.execPath, [path, ...args], { stdio: 'inherit' });
  return { ok: status === 0, stdout: '' };
}

const LOCKFILES = ['.', 'scripts/node', 'test/nodes'].map((place) =>
  join(place, 'package-lock.json'),
);

/** What is installed is what was meant, from whichever registry. */
function checkLockfiles(): { ok: boolean; stdout: string } {
  const faults = LOCKFILES.flatMap((file) =>
    lockfileFaults(readFileSync(join(root, file), 'utf8')).map((fault) => `${file}: ${fault}\n`),
  );
  return { ok: faults.length === 0, stdout: faults.join('') };
}

/** npm installs the manual pages that package.json names, no others. */
function checkManualPages(): { ok: boolean; stdout: string } {
  const { man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { man: string[] };
  const pages = ['docteur', ...COMMANDS.map(({ name }) => `docteur-${name}`)];
  const missing = pages.map((page) => `dist/man/${page}.1`).filter((page) => !man.includes(page));
  return { ok: missing.length === 0, stdout: `not in "man" of package.json: ${missing}\n` };
}

const CHECKS: [string, () => { ok: boolean; stdout: string }][] = [
  ['types', () => run('tsc', ['-p', 'tsconfig.json'])],
  ['types of a guest, without Node', () => run('tsc', ['-p', 'guest/tsconfig.json'])],
  ['types of a page', () => run('tsc', ['-p', `${VIEWER}/tsconfig.json`])],
  ['lint and format', () => run('biome', ['check', '--error-on-warnings', '.'])],
  ['import table', checkImports],
  ['dead code', () => run('knip', [])],
  // The modules in the tree are what their sources give.
  ['compiled WebAssembly', () => script('build-wasm.ts', '--check')],
  ['links in documents', () => script('check-links.ts')],
  ['reference of the library', () => script('api-docs.ts', '--check')],
  ['lockfiles', checkLockfiles],
  ['manual pages', checkManualPages],
];

let failed = 0;
for (const [name, check] of CHECKS) {
  const { ok, stdout } = check();
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name}\n`);
  if (!ok) {
    failed += 1;
    process.stdout.write(stdout);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
