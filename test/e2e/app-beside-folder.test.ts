// An app out of its image and out of its folder, asked by itself: the answers must be the same.
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { NODES } from '../fixtures/nodes.ts';

const root = join(import.meta.dirname, '..', '..');
// A package.json above the app must mean nothing to it.
const scratch = t.testdir({ 'empty.mjs': '', 'package.json': '{ "type": "module" }' });
const FILES: Record<string, string | Buffer> = {
  'package.json': `{ "name": "app", "main": "main.cjs",
    "exports": { ".": "./main.cjs", "./own": "./lib/own.cjs" }, "imports": { "#own": "./lib/own.cjs" } }`,
  'probe.mjs': `import { createRequire } from 'node:module';
export const resolve = (name) => import.meta.resolve(name);
export const load = (name, options) => import(name, options);
export const require = createRequire(import.meta.url);
export const meta = [import.meta.url, import.meta.filename, import.meta.dirname];
`,
  'lib/own.cjs': "module.exports = 'own';\n",
  'lib/data.json': '{ "a": 1 }',
  'lib/bom.js': "\ufeffmodule.exports = 'bom';\n",
  'lib/shebang.js': "#!/usr/bin/env node\nmodule.exports = 'shebang';\n",
  'lib/typed.ts': 'const a: number = 3;\nexport default a;\n',
  'lib/typed.cts': 'const b: number = 4;\nmodule.exports = b;\n',
  'lib/typed.mts': 'export const c: number = 5;\nexport default c;\n',
  'lib/enum.ts': 'export enum E { A }\n',
  'lib/add.wasm': Buffer.from(
    '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
    'hex',
  ),
  'lib/addon.node': 'no addon',
  'lib/throws.cjs': "\nthrow new Error('thrown');\n",
  'lib/name.cjs': "process.stdout.write(require('node:path').basename(__filename));\n",
  'lib/worker.cjs': "require('node:worker_threads').parentPort.postMessage(require('dep').at);\n",
  'lib/child.cjs': "process.send(require('dep').at, () => process.disconnect());\n",
  'node_modules/dep/package.json': '{ "main": "lib" }',
  'node_modules/dep/lib/index.js': "exports.at = __filename.split('/').slice(-3).join('/');\n",
  'node_modules/esm/package.json':
    '{ "type": "module", "exports": { ".": "./i.js", "./tla": "./tla.js" } }',
  'node_modules/esm/i.js': 'export default import.meta.url.slice(-8);\n',
  'node_modules/esm/tla.js': 'export default await 1;\n',
  'node_modules/cond/package.json': `{ "exports": { "module-sync": "./sync.mjs", "node-addons": "./addons.cjs",
    "import": "./import.mjs", "require": "./require.cjs" } }`,
  'node_modules/cond/sync.mjs': "export default 'sync';\n",
  'node_modules/cond/addons.cjs': "module.exports = 'addons';\n",
  'packages/linked/package.json': '{ "name": "linked" }',
  'packages/linked/index.js': "exports.at = __filename.split('/').slice(-3).join('/');\n",
};
for (const [name, content] of Object.entries(FILES)) {
  const path = join(scratch, 'app', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
copyFileSync(join(root, 'test/fixtures/app-that-asks.cjs'), join(scratch, 'app/main.cjs'));
symlinkSync('../packages/linked', join(scratch, 'app/node_modules/linked'));
symlinkSync('lib/name.cjs', join(scratch, 'app/alias.cjs'));

/** Without tap's own hooks, which it has Node load into every child. */
async function runBy(node: string, args: readonly string[], env: Record<string, string> = {}) {
  const set = Object.entries({ PATH: process.env.PATH ?? '', ...env }).map(([k, v]) => `${k}=${v}`);
  const words = ['-i', ...set, node, '--no-warnings', ...args];
  const { exitCode, stdout, stderr } = await execa('env', words, { cwd: scratch, reject: false });
  t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  return stdout;
}

const packed = [join(root, 'dist/bin/docteur.js'), 'pack-app', 'app', 'app.img'];
await execa('env', ['-i', process.execPath, ...packed], { cwd: scratch });

/**
 * In Node 22, a CommonJS module that is imported by hooks has a `require` with fewer parts, and no children; it also
 * gives built-in modules their whole names, and WebAssembly another error.
 */
const NOT_IN_22 =
  /^require\.(cache|extensions|resolve\.paths|resolve (fs|node:absent))$|^children$|\.wasm$/;

for (const { version, path, skip } of NODES) {
  t.test(`Node ${version}`, { skip }, async (t) => {
    const types = version === '22' ? ['--experimental-strip-types'] : [];
    const hooks = join(root, 'dist/library/register-fs.js');
    const env = { DOCTEUR_REGISTER_FS: join(scratch, 'app.img') };
    const [wanted, got] = [
      JSON.parse(await runBy(path, [...types, '--import', './empty.mjs', 'app/main.cjs'])),
      JSON.parse(await runBy(path, [...types, '--import', hooks, 'app.img'], env)),
    ];
    t.ok(Object.keys(wanted).length > 80);
    for (const name of Object.keys(wanted)) {
      if (version === '22' && NOT_IN_22.test(name)) continue;
      t.strictSame(got[name], wanted[name], name);
    }
    for (const flags of [[], ['--preserve-symlinks-main'], ['--preserve-symlinks']]) {
      const fromFolder = await runBy(path, [...flags, '--import', './empty.mjs', 'app/alias.cjs']);
      const isKept = flags[0] === '--preserve-symlinks-main';
      t.equal(fromFolder, isKept ? 'alias.cjs' : 'name.cjs');
      t.equal(
        await runBy(path, [...flags, '--import', hooks, 'app.img/alias.cjs'], env),
        fromFolder,
      );
    }
  });
}

t.test('an addon is refused by one clear line', async (t) => {
  const asks = "try { require('./app.img/lib/addon.node') } catch (e) { console.log(e.message) }";
  const env = { DOCTEUR_REGISTER: join(scratch, 'app.img') };
  const hooks = ['--import', join(root, 'dist/library/register.js')];
  t.match(
    await runBy(process.execPath, [...hooks, '-e', asks], env),
    /^\S+app\.img\/lib\/addon\.node: an addon of native code, [^\n]+extract it first$/,
  );
});
