// The package as npm packs and installs it: every command starts from the copy, and makes and reads an image.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import t from 'tap';
import { NODES } from '../fixtures/nodes.ts';

const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'docteur-tarball-'));
t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
const { bin, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: Record<string, string>;
  version: string;
};

/** By way of a shell, since tap's own hooks come by NODE_OPTIONS into every child. */
function run(cwd: string, timeout: number, ...command: string[]) {
  return spawnSync('/bin/sh', ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', ...command], {
    cwd,
    timeout,
    encoding: 'utf8',
    env: {
      // How the registry is reached, too.
      ...process.env,
      PATH: dirname(process.execPath) + delimiter + (process.env.PATH ?? ''),
      npm_config_update_notifier: 'false',
    },
  });
}

const reaches = run(scratch, 10_000, 'npm', 'ping').status === 0;
const long = process.env.DOCTEUR_LONG === '1';
const NPMS: Record<string, string[]> = {
  "the system's npm": ['npm'],
  ...(long ? { 'npm 9': ['npx', '-y', 'npm@9'], 'npm 11': ['npx', '-y', 'npm@11'] } : {}),
};

/** Each entry point of apps in images, in every kind of module. */
const IMPORTS = `import { createRequire } from 'node:module';
import { createFs } from 'docteur/fs';
import { register } from 'docteur/register';
import { register as registerFs } from 'docteur/register-fs';
import { openImageFile } from 'docteur/unix';

const load = createRequire(import.meta.url);
`;
const REQUIRES = `const { createFs } = require('docteur/fs');
const { register } = require('docteur/register');
const { register: registerFs } = require('docteur/register-fs');
const { openImageFile } = require('docteur/unix');

const load = require;
`;
const PROGRAM = `const image = openImageFile('app.img');
const text = createFs(image).readFileSync('/index.js', 'utf8');
const plain = register('app.img');
const { word } = load(plain.at);
plain.unregister();
const both = registerFs('app.img');
const again = load(both.at + '/index.js');
const seen = load('node:fs').readFileSync(both.at + '/index.js', 'utf8') === text;
both.unregister();
image.close();
console.log(/'(\\w+)'/.exec(text)?.[1], word, again.word, seen);
`;
const EXAMPLES: Record<string, string> = {
  'example.mjs': IMPORTS + PROGRAM,
  'example.cjs': REQUIRES + PROGRAM,
  'example.mts': IMPORTS + PROGRAM,
  'vfs.mts': `import { mountImage } from 'docteur/vfs';

const { mountPoint, unmount } = mountImage('app.img');
const app: { default: { word: string } } = await import(\`\${mountPoint}/index.js\`);
console.log(app.default.word);
unmount();
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      ...{ strict: true, exactOptionalPropertyTypes: true, module: 'nodenext', target: 'es2024' },
      ...{ lib: ['es2024', 'esnext.disposable'], types: ['node'], noEmit: true },
    },
    files: ['example.mts', 'vfs.mts'],
  }),
};

for (const [name, npm] of Object.entries(NPMS)) {
  t.test(name, { skip: reaches ? false : 'npm reaches no registry' }, async (t) => {
    const folder = join(scratch, name.replace(/\W/g, '-'));
    const docs = join(folder, 'docs');
    mkdirSync(docs, { recursive: true });
    writeFileSync(join(docs, 'README.md'), 'hello\n');
    // dist/ is built already.
    const pack = ['pack', '--ignore-scripts', '--silent', `--pack-destination=${folder}`];
    const packed = run(root, 120_000, ...npm, ...pack);
    t.equal(packed.status, 0, packed.stderr);
    const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
    const prefix = join(folder, 'prefix');
    const options = ['--global', `--prefix=${prefix}`, '--no-audit', '--no-fund'];
    const installed = run(folder, 240_000, ...npm, 'install', ...options, tarball);
    t.equal(installed.status, 0, installed.stderr);

    const command = (program: string, ...args: string[]) =>
      run(folder, 60_000, join(prefix, 'bin', program), ...args);
    for (const program of Object.keys(bin)) {
      const { status, stdout, stderr } = command(program, '--version');
      t.equal(status, 0, `${program}: ${stderr}`);
      t.ok(stdout.includes(version), `${program} is ${version}`);
    }
    const made = command('docteur', 'make', 'docs', 'disk.img');
    t.equal(made.status, 0, made.stderr);
    const listed = command('docteur', 'ls', 'disk.img');
    t.equal(listed.stdout, 'README.md\n', listed.stderr);

    const project = join(folder, 'project');
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(join(prefix, 'lib/node_modules/docteur'), join(project, 'node_modules/docteur'));
    symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
    mkdirSync(join(project, 'app'));
    writeFileSync(join(project, 'app/index.js'), "exports.word = 'hello';\n");
    const packedApp = run(
      project,
      60_000,
      join(prefix, 'bin/docteur'),
      'pack-app',
      'app',
      'app.img',
    );
    t.equal(packedApp.status, 0, packedApp.stderr);
    for (const [file, content] of Object.entries(EXAMPLES))
      writeFileSync(join(project, file), content);
    for (const file of Object.keys(EXAMPLES).filter((name) => /example/.test(name))) {
      const { status, stdout, stderr } = run(project, 60_000, 'node', '--no-warnings', file);
      t.match(
        { status, stdout, stderr },
        { status: 0, stdout: 'hello hello hello true\n', stderr: '' },
        file,
      );
    }
    const newest = NODES.at(-1);
    if (newest?.skip === false) {
      const ran = run(
        project,
        60_000,
        newest.path,
        '--no-warnings',
        '--experimental-vfs',
        'vfs.mts',
      );
      t.match(ran, { status: 0, stdout: 'hello\n', stderr: '' }, 'docteur/vfs');
    }
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const typed = run(project, 120_000, 'node', tsc, '-p', 'tsconfig.json');
    t.match(typed, { status: 0, stdout: '' }, 'strict types');
  });
}
