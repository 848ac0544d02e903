// Modules in an image beside the same ones in a folder, loaded by Node itself: each must find the same, and
// fail with the same code.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { register } from '../../guest/host/modules/fs/index.ts';
import { register as registerModules } from '../../guest/host/modules/index.ts';
import { makeImage } from '../../image-tools/index.ts';

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'docteur-modules-')));
const root = join(folder, 'files');

/** Asks for a module from where it stands. */
const CJS_PROBE = `exports.require = (name) => require(name);
exports.load = (name) => import(name);
exports.resolve = (name) => require.resolve(name).slice(require('node:path').resolve(__dirname, UP).length);
`;
const ESM_PROBE = `export const load = (name) => import(name);
export const json = (name) => import(name, { with: { type: 'json' } });
`;
const commonjs = (name: string) => `module.exports = { name: '${name}', kind: 'commonjs' };\n`;
const esModule = (name: string) =>
  `export const name = '${name}';\nexport const kind = 'module';\n`;

const FILES: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'self',
    exports: {
      '.': './main.js',
      './feature': { import: './feature.mjs', default: './feature.cjs' },
    },
    imports: {
      '#own': './lib/own.js',
      '#plain': 'plain',
      '#in/*': './lib/*.js',
      '#in/secret': null,
      '#out': '../outside.js',
      '#list': ['../bad.js', './lib/own.js'],
      '#missing': './absent.js',
      '#when': { require: './lib/own.js', node: './lib/es.mjs' },
    },
  }),
  'main.js': commonjs('main'),
  'feature.mjs': esModule('feature'),
  'feature.cjs': commonjs('feature'),
  'lib/own.js': commonjs('own'),
  'lib/es.mjs': esModule('es'),
  'lib/syntax.js': "export const name = 'by its syntax';\nexport const kind = 'module';\n",
  'lib/words.js':
    "// import and export\nmodule.exports = { name: 'import x from y', kind: 'commonjs' };\n",
  'lib/data.json': '{ "name": "data", "kind": "json" }',
  'lib/marked.json': '\ufeff{ "name": "marked" }',
  'lib/bad.json': '{ "name": ',
  'lib/no-ending': commonjs('no ending'),
  'lib/a name.js': commonjs('a blank'),
  'lib/100%.cjs': commonjs('percent'),
  'lib/both.js': commonjs('both.js'),
  'lib/both/index.js': commonjs('both/index.js'),
  'lib/typed.ts': "const name: string = 'typed';\nexport { name };\n",
  'lib/typed.cts': "const name: string = 'typed commonjs';\nmodule.exports = { name };\n",
  'lib/unknown.xyz': commonjs('unknown ending'),
  'lib/throws.js': "throw new Error('thrown by a module');\n",
  'lib/wrong.js': 'this is no JavaScript\n',
  'lib/cycle-a.js': "exports.name = 'a'; exports.other = require('./cycle-b.js').name;\n",
  'lib/cycle-b.js': "exports.name = require('./cycle-a.js').name + 'b';\n",
  'lib/needs-es.cjs': "module.exports = { name: require('./es.mjs').name };\n",
  'lib/needs-cjs.mjs':
    "import { name } from './own.js';\nimport all from './own.js';\nexport { name };\nexport const kind = all.kind;\n",
  'folder/package.json': '{ "main": "./entry" }',
  'folder/entry.js': commonjs('entry'),
  'folder-index/index.js': commonjs('index'),
  'folder-lost/package.json': '{ "main": "./absent.js" }',
  'folder-lost/index.js': commonjs('lost index'),
  'folder-nothing/package.json': '{ "main": "./absent.js" }',
  'typed/package.json': '{ "type": "module" }',
  'typed/is.js': esModule('type module'),
  'typed/no-ending': esModule('type module, no ending'),
  'typed/cjs.cjs': commonjs('commonjs in a module package'),
  'node_modules/plain/package.json': '{ "main": "lib" }',
  'node_modules/plain/lib/index.js': commonjs('plain'),
  'node_modules/plain/other.js': commonjs('plain/other'),
  'node_modules/plain/data.json': '{ "name": "plain data" }',
  'node_modules/plain/node_modules/nested/index.js': commonjs('nested in plain'),
  'node_modules/plain/uses.js': "module.exports = { name: require('nested').name };\n",
  'node_modules/nested/index.js': commonjs('nested at the top'),
  'node_modules/single.js': commonjs('a single file'),
  'node_modules/empty/readme': '',
  'node_modules/@scope/pack/package.json': JSON.stringify({
    name: '@scope/pack',
    exports: {
      '.': { import: './es.mjs', require: './cjs.cjs' },
      './sub/*': './sub/*.js',
      './sub/deep/*': './deep/*.js',
      './sub/private/*': null,
      './*.json': './data/*.json',
      './up': './../up.js',
      './modules': './node_modules/x.js',
      './nothing': { never: './es.mjs' },
      './nested': { node: { import: './es.mjs' }, default: './cjs.cjs' },
      './missing': './absent.js',
      './folder': './sub',
      './package.json': './package.json',
    },
  }),
  'node_modules/@scope/pack/es.mjs': esModule('scoped'),
  'node_modules/@scope/pack/cjs.cjs': commonjs('scoped'),
  'node_modules/@scope/pack/sub/a.js': commonjs('sub a'),
  'node_modules/@scope/pack/sub/private/p.js': commonjs('private'),
  'node_modules/@scope/pack/deep/d.js': commonjs('deep d'),
  'node_modules/@scope/pack/data/x.json': '{ "name": "x" }',
  'node_modules/sugar/package.json': '{ "exports": "./index.js" }',
  'node_modules/sugar/index.js': commonjs('sugar'),
  'node_modules/mixed/package.json': '{ "exports": { ".": "./a.js", "import": "./b.js" } }',
  'node_modules/broken/package.json': '{ "exports": ',
  'node_modules/broken/index.js': commonjs('broken'),
  'node_modules/dual/package.json': '{ "type": "module", "main": "./index.js" }',
  'node_modules/dual/index.js': esModule('dual'),
  'store/linked/package.json': '{ "name": "linked", "main": "main.js" }',
  'store/linked/main.js': "module.exports = { name: __filename.split('/').slice(-3).join('/') };\n",
  'probe.cjs': CJS_PROBE.replace('UP', "'.'"),
  'probe.mjs': ESM_PROBE,
  'lib/deep/probe.cjs': CJS_PROBE.replace('UP', "'../..'"),
  'lib/deep/probe.mjs': ESM_PROBE,
  'node_modules/@scope/pack/probe.cjs': CJS_PROBE.replace('UP', "'../../..'"),
  'node_modules/@scope/pack/probe.mjs': ESM_PROBE,
};

for (const [name, content] of Object.entries(FILES)) {
  const path = join(root, name);
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, content);
}
fs.symlinkSync('../store/linked', join(root, 'node_modules/linked'));
fs.symlinkSync('own.js', join(root, 'lib/linked-file.js'));
const file = join(folder, 'disk.img');
await makeImage({ source: root, image: file });
t.teardown(() => fs.rmSync(folder, { recursive: true }));

const SPECIFIERS = [
  ...['./main.js', './main', './lib/own.js', './lib/own', './lib/es.mjs', './lib/syntax.js'],
  ...['./lib/words.js', './lib/data.json', './lib/data', './lib/marked.json', './lib/bad.json'],
  ...[
    './lib/no-ending',
    './lib/a name.js',
    './lib/a%20name.js',
    './lib/100%.cjs',
    './lib/100%25.cjs',
  ],
  ...[
    './lib/both',
    './lib/both/',
    './lib/both.js',
    './lib',
    './lib/',
    '.',
    './',
    '..',
    '../..',
    '../../main.js',
  ],
  ...['./lib/typed.ts', './lib/typed.cts', './lib/typed', './lib/unknown.xyz', './lib/throws.js'],
  ...[
    './lib/wrong.js',
    './lib/cycle-a.js',
    './lib/needs-es.cjs',
    './lib/needs-cjs.mjs',
    './absent',
  ],
  ...[
    './lib/linked-file.js',
    './folder',
    './folder/',
    './folder-index',
    './folder-lost',
    './folder-nothing',
  ],
  ...[
    './typed/is.js',
    './typed/no-ending',
    './typed/cjs.cjs',
    './lib/own.js?query',
    './lib/own.js#hash',
  ],
  ...[
    'self',
    'self/feature',
    'self/absent',
    '#own',
    '#plain',
    '#in/own',
    '#in/secret',
    '#out',
    '#list',
  ],
  ...['#missing', '#when', '#absent', '#in/../own', '#', 'plain', 'plain/other', 'plain/other.js'],
  ...[
    'plain/',
    'plain/data.json',
    'plain/uses.js',
    'plain/lib',
    'plain/absent',
    'nested',
    'single',
    'single.js',
  ],
  ...[
    'empty',
    'absent',
    '@scope',
    '@scope/',
    '@scope/pack',
    '@scope/pack/sub/a',
    '@scope/pack/sub/deep/d',
  ],
  ...['@scope/pack/sub/private/p', '@scope/pack/x.json', '@scope/pack/up', '@scope/pack/modules'],
  ...['@scope/pack/nothing', '@scope/pack/nested', '@scope/pack/missing', '@scope/pack/folder'],
  ...['@scope/pack/package.json', '@scope/pack/es.mjs', '@scope/pack/sub/../a', '@scope/pack/'],
  ...[
    'sugar',
    'sugar/index.js',
    'mixed',
    'broken',
    'dual',
    'linked',
    'node:path',
    'path',
    'node:absent',
  ],
  ...[
    '',
    '%',
    'a%2fb',
    '.hidden',
    './%2e%2e/x',
    'data:text/javascript,export const name = 1',
    'https://example.org/x',
  ],
];

const FROM = ['', 'lib/deep/', 'node_modules/@scope/pack/'];

type Probe = Record<'require' | 'resolve' | 'load' | 'json', (name: string) => unknown>;

function describe(call: () => unknown): unknown {
  try {
    return plain(call());
  } catch (error) {
    return failure(error);
  }
}

async function describeLater(call: () => unknown): Promise<unknown> {
  try {
    return plain(await call());
  } catch (error) {
    return failure(error);
  }
}

/** What a module says of itself, by whatever way it came. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { name, kind, other, default: main } = value as Record<string, unknown>;
  const inner = typeof main === 'object' && main !== null ? plain(main) : undefined;
  return { name, kind, other, inner };
}

function failure(error: unknown): unknown {
  const { name, code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? { name, message: name === 'Error' ? message : '' } : { name, code };
}

t.test('what is found, beside Node in a folder', async (t) => {
  const image = registerModules(file);
  t.teardown(() => image.unregister());
  const probe = async (base: string, from: string, ending: string) =>
    (await import(join(base, from, `probe.${ending}`))) as Probe;
  for (const from of FROM) {
    const onDisk = { cjs: await probe(root, from, 'cjs'), esm: await probe(root, from, 'mjs') };
    const ours = {
      cjs: await probe(image.at, from, 'cjs'),
      esm: await probe(image.at, from, 'mjs'),
    };
    for (const specifier of SPECIFIERS) {
      for (const how of ['require', 'resolve'] as const) {
        const wanted = describe(() => onDisk.cjs[how](specifier));
        t.strictSame(
          describe(() => ours.cjs[how](specifier)),
          wanted,
          `${how} ${specifier} from ${from}`,
        );
      }
      for (const kind of ['cjs', 'esm'] as const) {
        const wanted = await describeLater(() => onDisk[kind].load(specifier));
        const got = await describeLater(() => ours[kind].load(specifier));
        t.strictSame(got, wanted, `import ${specifier} from ${from || '/'} ${kind}`);
      }
      const wanted = await describeLater(() => onDisk.esm.json(specifier));
      const got = await describeLater(() => ours.esm.json(specifier));
      t.strictSame(got, wanted, `import ${specifier} as JSON from ${from}`);
    }
  }
});

t.test('node:fs sees the files, by choice', async (t) => {
  const { readFileSync } = fs;
  const image = register(file);
  const paths = [join(image.at, 'lib/own.js'), Buffer.from(join(image.at, 'lib/own.js'))];
  for (const path of paths) {
    t.equal(fs.readFileSync(path, 'utf8'), FILES['lib/own.js']);
    t.equal(await fs.promises.readFile(path, 'utf8'), FILES['lib/own.js']);
  }
  const esm = await import('node:fs');
  t.equal(
    esm.readFileSync(paths[0] as string, 'utf8'),
    FILES['lib/own.js'],
    'by the names of the module',
  );
  t.strictSame(fs.readdirSync(image.at).sort(), fs.readdirSync(root).sort());
  const handle = await fs.promises.open(paths[0] as string);
  t.equal(await fs.promises.readFile(handle, 'utf8'), FILES['lib/own.js']);
  await handle.close();
  const fd = fs.openSync(paths[0] as string, 'r');
  t.equal(fs.fstatSync(fd).size, FILES['lib/own.js']?.length);
  fs.closeSync(fd);
  t.throws(() => fs.writeFileSync(join(image.at, 'new'), ''), { code: 'EROFS' });
  t.equal(
    fs.readFileSync(join(root, 'main.js'), 'utf8'),
    FILES['main.js'],
    'all else is as before',
  );
  t.ok(fs.readFileSync(file).length > 1000, 'the image is a file still');
  fs.writeFileSync(join(folder, 'written'), 'x');
  image.unregister();
  t.equal(fs.readFileSync, readFileSync);
  t.throws(() => fs.readFileSync(paths[0] as string), { code: 'ENOTDIR' });
});
