// Apps that run out of an image, by every Node that has the hooks, from the built package.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { NODES } from '../fixtures/nodes.ts';

const root = join(import.meta.dirname, '..', '..');
const scratch = t.testdir({ node_modules: {} });
symlinkSync(root, join(scratch, 'node_modules/docteur'));

const FILES: Record<string, string> = {
  'package.json': '{ "name": "app", "type": "module", "main": "./main.js" }',
  // Every crossing from one kind of module to the other.
  'main.js': `import { strictEqual } from 'node:assert';
import express from 'classic';
import { named } from 'classic';
import data from './data.json' with { type: 'json' };
const { typed } = await import('./typed.ts');
strictEqual(express.deep, 'deep in commonjs');
console.log(JSON.stringify([named, data.value, typed, process.argv.slice(2), import.meta.url.slice(-16)]));
if (process.argv.includes('--read')) {
  const { readFileSync } = await import('node:fs');
  console.log(readFileSync(new URL('./text', import.meta.url), 'utf8'));
}
if (process.argv.includes('--lost')) await import('classic/lost.js');
if (process.argv.includes('--fail')) await import('classic/fails.js');
`,
  'data.json': '{ "value": 42 }',
  'typed.ts': 'export const typed: string = "typed";\n',
  text: 'read by node:fs',
  'node_modules/classic/package.json': '{ "main": "lib/index.js" }',
  'node_modules/classic/lib/index.js': `exports.named = 'named';
exports.deep = require('other/deep').value + require('./late.cjs');
`,
  'node_modules/classic/lib/late.cjs': "module.exports = ' in ' + require('./kind');\n",
  'node_modules/classic/lib/kind.js': "module.exports = 'commonjs';\n",
  'node_modules/classic/fails.js': "\n  throw new Error('in the image');\n",
  'node_modules/other/package.json': '{ "exports": { "./deep": { "require": "./d.cjs" } } }',
  'node_modules/other/d.cjs': "exports.value = require('node:path').basename('a/deep');\n",
};
for (const [name, content] of Object.entries(FILES)) {
  const path = join(scratch, 'app', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
writeFileSync(join(scratch, 'no.img'), 'this is no image');

/** Without tap's own hooks, which it has Node load into every child. */
function runBy(node: string, args: readonly string[], env: Record<string, string> = {}) {
  const set = Object.entries({ PATH: process.env.PATH ?? '', ...env }).map(([k, v]) => `${k}=${v}`);
  return execa('env', ['-i', ...set, node, '--no-warnings', ...args], {
    cwd: scratch,
    reject: false,
  });
}

const docteur = join(root, 'dist/bin/docteur.js');
const made = await runBy(process.execPath, [docteur, 'pack-app', 'app', 'app.img']);
t.match(made, { exitCode: 0, stderr: /app\.img: 12 files, .* run it by: docteur run app\.img$/ });
const LINE = (...args: string[]) =>
  JSON.stringify(['named', 42, 'typed', args, '/app.img/main.js']);

for (const { version, path, skip } of NODES) {
  t.test(`Node ${version}`, { skip }, async (t) => {
    // The oldest one strips types only when told so.
    const types = version === '22' ? ['--experimental-strip-types'] : [];
    const hooks = [...types, '--import', 'docteur/register=app.img'];
    const plain = await runBy(path, [...hooks, 'app.img', 'a', 'b']);
    t.match(plain, { exitCode: 0, stdout: LINE('a', 'b'), stderr: '' }, 'by its main');
    const named = await runBy(path, [...hooks, 'app.img/main.js']);
    t.match(named, { exitCode: 0, stdout: LINE() }, 'by the name of a file');
    const unseen = await runBy(path, [...hooks, 'app.img', '--read']);
    t.match(unseen, { exitCode: 1, stderr: /ENOTDIR/ }, 'node:fs does not see the files');

    const withFs = [...types, '--import', 'docteur/register-fs=app.img', 'app.img', '--read'];
    t.match(await runBy(path, withFs), {
      exitCode: 0,
      stdout: `${LINE('--read')}\nread by node:fs`,
    });
    const failed = await runBy(path, [...hooks, 'app.img', '--fail']);
    t.equal(failed.exitCode, 1);
    t.match(failed.stderr, /app\.img\/node_modules\/classic\/fails\.js:2(.|\n)*in the image/);

    const lost = await runBy(path, [...hooks, 'app.img', '--lost']);
    t.match(
      lost.stderr,
      /Cannot find module 'classic\/lost.js' imported from \S+\/app\.img\/main\.js/,
    );

    t.ok(
      lost.stderr.split('\n').every((line) => line.length < 300),
      'no line of a bundle',
    );

    const environment = { DOCTEUR_REGISTER: 'app.img', NODE_OPTIONS: '--import docteur/register' };
    t.match(await runBy(path, [...types, 'app.img'], environment), { stdout: LINE() });
    const options = { NODE_OPTIONS: '--import docteur/register=app.img' };
    t.match(await runBy(path, [...types, 'app.img'], options), { stdout: LINE() });

    const bad = await runBy(path, ['--import', 'docteur/register=no.img', '-e', '1']);
    t.match(bad, { exitCode: 1, stderr: /^docteur\/register: no\.img: [^\n]+$/ });

    const run = await runBy(path, [...types, docteur, 'run', 'app.img', '--read', 'x']);
    t.match(run, { exitCode: 0, stdout: `${LINE('--read', 'x')}\nread by node:fs` });
    t.match(await runBy(path, [...types, docteur, 'run', 'app.img', '--fail']), { exitCode: 1 });

    const vfs = [
      '--experimental-vfs',
      '--import',
      'docteur/vfs',
      '--vfs-load=app.img',
      '--',
      '--read',
    ];
    if (version === '26') {
      const loaded = await runBy(path, vfs);
      t.match(loaded, { exitCode: 0, stderr: '' });
      t.match(loaded.stdout, /^\["named",42,"typed",\["--read"\](.|\n)*\nread by node:fs$/);
      const mounts = `import { mountImage } from 'docteur/vfs';
import { readFileSync } from 'node:fs';
const { mountPoint, unmount } = mountImage('app.img');
await import(mountPoint + '/main.js');
const { createRequire } = await import('node:module');
const require = createRequire(mountPoint + '/x.js');
console.log(require('classic').deep, require.resolve('other/deep'), readFileSync(mountPoint + '/text', 'utf8'));
unmount();
try { require('classic/lib/late.cjs?'); } catch ({ code }) { console.log(code); }`;
      const program = ['--experimental-vfs', '--input-type=module', '-e', mounts];
      const mounted = await runBy(path, program);
      t.match(mounted, { exitCode: 0, stderr: '' });
      t.match(
        mounted.stdout,
        /"typed",\[\](.|\n)*\ndeep in commonjs \S+\/node_modules\/other\/d\.cjs read by node:fs\nMODULE_NOT_FOUND$/,
      );
      const off = await runBy(path, ['--import', 'docteur/vfs', '-e', '1']);
      t.match(off, { exitCode: 1, stderr: 'docteur/vfs: start node with --experimental-vfs' });
    } else {
      const off = await runBy(path, ['--import', 'docteur/vfs', '-e', '1']);
      t.match(off, { exitCode: 1, stderr: /^docteur\/vfs: needs Node 26 [^\n]+$/ });
    }
  });
}

t.test('what is no app', async (t) => {
  mkdirSync(join(scratch, 'empty'));
  const refused = await runBy(process.execPath, [docteur, 'pack-app', 'empty', 'x.img']);
  t.match(refused, { exitCode: 66, stderr: /^docteur pack-app: empty: no program: [^\n]+$/ });
  writeFileSync(join(scratch, 'empty/package.json'), '{');
  const broken = await runBy(process.execPath, [docteur, 'pack-app', 'empty', 'x.img']);
  t.match(broken, { exitCode: 65, stderr: /^docteur pack-app: empty\/package\.json: [^\n]+$/ });
});

/** A package.json, what it is packed with, and whether there is a program then, as Node itself says of the folder. */
const PROGRAMS: [text: string, exclude: string | undefined, refusal: RegExp | undefined][] = [
  ['{ "main": "absent.js" }', undefined, undefined],
  ['{ "main": 5 }', undefined, undefined],
  ['\ufeff{ "main": "lib/" }', undefined, undefined],
  ['{ "main": "a\\u0000b" }', undefined, undefined],
  ['{ "main": "lib" }', '*.js', /^docteur pack-app: odd: no program: lib\/index\.js is excluded$/],
  ['{ "main": "lib" }', 'lib/', undefined],
  ['[]', undefined, /^docteur pack-app: odd\/package\.json: not an object$/],
];

t.test('what is an app to Node is one to pack-app', async (t) => {
  const folder = join(scratch, 'odd');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  mkdirSync(join(folder, 'folder.node'));
  writeFileSync(join(folder, 'left-out.node'), '');
  writeFileSync(join(folder, 'packed.node'), '');
  for (const name of ['index.js', 'lib/index.js'])
    writeFileSync(join(folder, name), 'console.log("it runs")');
  for (const [text, exclude, refusal] of PROGRAMS) {
    writeFileSync(join(folder, 'package.json'), text);
    const excluded = ['left-out.node', ...(exclude === undefined ? [] : [exclude])];
    const options = excluded.map((glob) => `--exclude=${glob}`);
    const packed = await runBy(process.execPath, [
      docteur,
      'pack-app',
      ...options,
      'odd',
      'odd.img',
    ]);
    if (refusal !== undefined) {
      t.match(packed.stderr, refusal, text);
      continue;
    }
    t.equal(packed.exitCode, 0, text);
    const [addon, summary] = packed.stderr.split('\n');
    t.match(addon, /odd\/packed\.node: an addon of native code/, 'those that are packed are named');
    t.match(summary, /run it by/);
    const ran = await runBy(process.execPath, [docteur, 'run', 'odd.img']);
    t.match(ran, { exitCode: 0, stdout: 'it runs' }, text);
    t.equal((await runBy(process.execPath, ['odd'])).stdout, 'it runs', 'in the folder too');
  }
  const absent = await runBy(process.execPath, [docteur, 'pack-app', 'absent', 'x.img']);
  t.match(absent, { exitCode: 66, stderr: 'docteur pack-app: absent: not a folder' });
});
