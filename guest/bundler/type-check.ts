import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildError } from './errors.ts';

/** The options for a guest: no types of Node or of browsers; `docteur/guest` is this package's. */
const OPTIONS = {
  target: 'es2023',
  lib: ['es2023'],
  types: [] as string[],
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** The globals of browsers and Node that a guest has; merged with an app's own types. */
const CONSOLE = `interface Console {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  dir(value: unknown): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  assert(condition: unknown, ...values: unknown[]): void;
}
declare var console: Console;
`;

/**
 * Checks an app's types with the TypeScript that its folder has, by the app's own tsconfig.json or, where
 * there is none, by strict rules.
 * @throws BuildError without TypeScript, or where there are errors, which go to stderr
 */
export function checkTypes(app: string): void {
  const file = resolve(app);
  const tsc = findTypeScript(file);
  const folder = mkdtempSync(join(tmpdir(), 'docteur-check-'));
  try {
    writeFileSync(join(folder, 'console.d.ts'), CONSOLE);
    writeFileSync(join(folder, 'types.json'), JSON.stringify(typesFor(file)));
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify(configFor(file)));
    const args = [tsc, '-p', config, '--pretty', String(process.stderr.isTTY === true)];
    const { status, stdout, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (error !== undefined) throw new BuildError(`cannot run ${tsc}: ${error.message}`);
    if (status === 0) return;
    process.stderr.write(stdout);
    throw new BuildError(`${app}: TypeScript found errors`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configFor(file: string): object {
  const library = fileURLToPath(new URL('../guest/index.d.ts', import.meta.url));
  const paths = existsSync(library) ? { 'docteur/guest': [library] } : {};
  const own = findConfig(dirname(file));
  if (own !== undefined) {
    const compilerOptions = { noEmit: true };
    return { extends: ['./types.json', own], compilerOptions, files: [file], include: [] };
  }
  return { compilerOptions: { ...OPTIONS, paths }, files: [file, './console.d.ts'] };
}

/** TypeScript looks for @types beside the configuration, which here is a temporary one. */
function typesFor(file: string): object {
  const folders: string[] = [];
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    folders.push(folder);
  }
  const typeRoots = folders.map((folder) => join(folder, 'node_modules/@types'));
  return { compilerOptions: { typeRoots: typeRoots.filter((root) => existsSync(root)) } };
}

function findConfig(folder: string): string | undefined {
  const config = join(folder, 'tsconfig.json');
  if (existsSync(config)) return config;
  return dirname(folder) === folder ? undefined : findConfig(dirname(folder));
}

function findTypeScript(file: string): string {
  try {
    const packageFile = createRequire(file).resolve('typescript/package.json');
    return join(dirname(packageFile), 'bin/tsc');
  } catch {
    throw new BuildError(
      `--check: no TypeScript found for ${file}; run npm install -D typescript, or omit --check`,
      69,
    );
  }
}
