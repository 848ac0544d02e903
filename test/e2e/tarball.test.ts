// The package as npm packs and installs it: every command starts from the copy, and makes and reads an image.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import t from 'tap';

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
  });
}
