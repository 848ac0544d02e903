// The library as its users have it: packed by npm, and by the package's name, from a folder of theirs.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { NODES } from '../fixtures/nodes.ts';
import { installPacked } from '../fixtures/packed-package.ts';

const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'docteur-library-'));
t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
installPacked(scratch, ['@types']);
mkdirSync(join(scratch, 'docs'));
writeFileSync(join(scratch, 'docs/README.md'), 'hello\n');

function run(...args: string[]) {
  return runBy(process.execPath, ...args);
}

function runBy(node: string, ...args: string[]) {
  // By way of a shell, since tap's own hooks come by NODE_OPTIONS into every child.
  const script = 'unset NODE_OPTIONS; exec "$@"';
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', node, ...args], {
    cwd: scratch,
    encoding: 'utf8',
    env: {},
  });
  return { status, stdout, stderr };
}

/** Complete, and typed strictly. */
const EXAMPLE = `import { DiskError, FormatError, FsError, makeImage, openImageFile, verifyImage } from 'docteur';

const made = await makeImage({ source: 'docs', image: 'disk.img', signal: AbortSignal.timeout(60_000) });
const { commit } = await verifyImage('disk.img');
using image = openImageFile('disk.img');
const { kind, size } = image.fs.stat('README.md');
const paths = [...image.fs.walk()].map(({ path }) => path);
let code: string | undefined;
try {
  image.fs.get('absent');
} catch (error) {
  if (error instanceof FsError || error instanceof FormatError || error instanceof DiskError) code = error.code;
}
console.log(JSON.stringify([made.commit === commit, kind, size, image.fs.realPath('./README.md'), paths, code]));
`;

/** What docs/library.md shows, an example for each entry point. */
const PAGE = [
  ...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms),
].map(([, code]) => code as string);
/** What an example is about: what it imports first. */
const entryOf = (code: string) => /from '(docteur[^']*)'/.exec(code)?.[1] ?? '';
for (const [index, code] of PAGE.entries()) writeFileSync(join(scratch, `page-${index}.mts`), code);
writeFileSync(join(scratch, 'docs/apps.md'), 'apps\n');
mkdirSync(join(scratch, 'program'));
writeFileSync(join(scratch, 'program/package.json'), '{ "name": "app", "main": "main.js" }');
writeFileSync(join(scratch, 'program/main.js'), "exports.greet = (name) => 'hello, ' + name;\n");
run(join(root, 'dist/bin/docteur.js'), 'pack-app', 'program', 'app.img');
/** The one that has virtual file systems. */
const newest = NODES.at(-1);
copyFileSync(join(root, 'dist/guests/simple.js'), join(scratch, 'guest.js'));

t.test('the examples of docs/library.md', async (t) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys(exports).filter((name) => !/package\.json|\*/.test(name));
  const shown = PAGE.map(entryOf);
  t.same(
    shown.sort(),
    names.map((name) => `docteur${name.slice(1)}`).sort(),
    'of each entry point',
  );
  const printed: Record<string, RegExp> = {
    docteur: /^\/README\.md\n\/apps\.md\nNOT_FOUND\n$/,
    'docteur/unix': /^apps\n$/,
    'docteur/fs': /^apps\n$/,
    'docteur/register': /^hello, register\n$/,
    'docteur/register-fs': /^app\n$/,
    'docteur/vfs': /^\[ '.docteur-modules', 'main.js', 'package.json' \]\n$/,
    'docteur/web': /^200 text\/markdown; charset=utf-8\n$/,
    'docteur/browser': /^apps\n\n$/,
    'docteur/browser-site': /^apps\n\n$/,
    'docteur/browser-storage': /^$/,
    'docteur/image-tools': /^2 \d+ 2\n$/,
    'docteur/tender': /^apps\n$/,
    'docteur/guest': /^apps\n$/,
    'docteur/format': /^[0-9a-f]{40} 4\n$/,
  };
  for (const [index, code] of PAGE.entries()) {
    const name = entryOf(code);
    const file = `page-${index}.mts`;
    const build = [
      join(root, 'dist/bin/docteur.build.js'),
      '-t',
      'unix',
      '--disk',
      'disk.img',
      file,
    ];
    const isApp = name === 'docteur/guest';
    if (isApp) t.match(run(...build, '-o', 'app'), { status: 0, stderr: '' });
    const isVfs = name === 'docteur/vfs';
    if (isVfs && newest?.skip !== false) {
      t.pass(`skipped: ${name}: ${newest?.skip}`);
      continue;
    }
    const ran = isVfs
      ? runBy(newest?.path ?? '', '--no-warnings', '--experimental-vfs', file)
      : run('--no-warnings', isApp ? 'app' : file);
    t.match(ran, { status: 0, stdout: printed[name], stderr: '' }, name);
  }
});

t.test('an example, from the package by its name', async (t) => {
  writeFileSync(join(scratch, 'example.mts'), EXAMPLE);
  t.same(run('--no-warnings', 'example.mts'), {
    status: 0,
    stdout: '[true,"file",6,"/README.md",["/README.md","/apps.md"],"NOT_FOUND"]\n',
    stderr: '',
  });
});

t.test('its types, strictly', async (t) => {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    noEmit: true,
  };
  const files = ['example.mts', ...PAGE.map((_, index) => `page-${index}.mts`)];
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  t.same(run(tsc, '-p', 'tsconfig.json'), { status: 0, stdout: '', stderr: '' });
});

t.test('every entry point, by import and by require, with one class for an error', async (t) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys(exports).filter((name) => !/package\.json|\*/.test(name));
  t.ok(names.includes('.'));
  const program = `
    const names = ${JSON.stringify(names)}.map((name) => 'docteur' + name.slice(1));
    Promise.all(names.map((name) => import(name))).then((imported) => {
      const required = names.map((name) => require(name));
      const [root, unix, guest, format] = ['docteur', 'docteur/unix', 'docteur/guest', 'docteur/format']
        .map((name) => imported[names.indexOf(name)]);
      console.log(JSON.stringify([
        imported.every((one, index) => Object.keys(one).length > 0 && one === required[index]),
        root.FormatError === format.FormatError && unix.FormatError === guest.FormatError,
        root.FormatError === unix.FormatError && root.FsError === guest.FsError,
        Object.keys(root).filter((key) => /^[a-z]/.test(key)).sort(),
      ]));
    });`;
  const { status, stdout, stderr } = run('--no-warnings', '-e', program);
  t.same({ status, stderr }, { status: 0, stderr: '' });
  t.same(JSON.parse(stdout), [
    true,
    true,
    true,
    [
      'indexImage',
      'makeImage',
      'oidToHex',
      'openImageFile',
      'parseOid',
      'parseRfc3339',
      'runGuest',
      'verifyImage',
    ],
  ]);
});

t.test(
  'what starts by itself has classes of its own, and its errors are known all the same',
  async (t) => {
    const program = `const { DiskError, FormatError, FsError } = require('docteur');
    const { register } = require('docteur/register');
    const kinds = (call) => {
      try { return call(); } catch (error) {
        return [FsError, DiskError, FormatError].map((kind) => error instanceof kind);
      }
    };
    require('fs').writeFileSync('no.img', 'this is no image');
    console.log(JSON.stringify([
      kinds(() => register('app.img').fs.get('absent')),
      kinds(() => register('absent.img')),
      kinds(() => register('no.img')),
    ]));`;
    t.same(run('--no-warnings', '-e', program), {
      status: 0,
      stdout: '[[true,false,false],[false,true,false],[false,false,true]]\n',
      stderr: '',
    });
  },
);

t.test('a program that only reads loads little', async (t) => {
  const program = `const before = process.cpuUsage(); require('docteur/unix');
    const { user } = process.cpuUsage(before);
    console.log(process.moduleLoadList.filter((name) => /^NativeModule (child_process|worker_threads)$/.test(name)).length, user);`;
  const { stdout } = run('-e', program);
  const [heavy, user] = stdout.split(' ').map(Number) as [number, number];
  t.equal(heavy, 0, 'no threads, no processes');
  t.ok(user < 60_000, `${user} µs of processor time`);
});
