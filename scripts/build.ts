// Builds dist/: the library with its types (tsc), and each command as one bundle (esbuild).
// usage: node scripts/build.ts [--no-check]
//   --no-check  trusts the types, which another step has checked
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import Module from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { buildApp } from '../guest/bundler/build-app.ts';
import { buildLibrary } from './build-library.ts';
import { compileAll } from './compile-all.ts';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};

/** Command name to the module that runs it; each gets a bundle in dist/cli and a launcher in dist/bin. */
const COMMANDS: Record<string, string> = {
  'docteur.build': 'guest/commands/docteur.build.ts',
  'docteur.index': 'image-tools/commands/docteur.index.ts',
  'docteur.make': 'image-tools/commands/docteur.make.ts',
  'docteur.verify': 'image-tools/commands/docteur.verify.ts',
  tender: 'tender/commands/tender.ts',
};

/** Threads that commands start: bundles beside theirs. */
const WORKERS: Record<string, string> = {
  'pack-worker': 'image-tools/pack/pack-worker.ts',
  'verify-worker': 'image-tools/verify/verify-worker.ts',
};

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  conditions: ['docteur:source'],
  define: { DOCTEUR_VERSION: JSON.stringify(version) },
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * A run of the tender is short, so its start counts: CommonJS starts faster than a module.
 * The others are modules, as their packages are.
 */
const AS_COMMONJS = new Set(['tender']);

function commandOptions(command: string, source: string): BuildOptions {
  const common: BuildOptions = {
    ...shared,
    platform: 'node',
    target: 'node22',
    external: ['esbuild', 'koffi'],
  };
  if (AS_COMMONJS.has(command)) {
    return {
      ...common,
      format: 'cjs',
      entryPoints: [source],
      outfile: `dist/cli/${command}.cjs`,
      define: { ...shared.define, 'import.meta.url': 'docteurUrl' },
      banner: { js: "const docteurUrl=require('node:url').pathToFileURL(__filename).href;" },
    };
  }
  return {
    ...common,
    entryPoints: [source],
    outfile: `dist/cli/${command}.js`,
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: {
      js: "import{createRequire as docteurRequire}from'node:module';const require=docteurRequire(import.meta.url);",
    },
  };
}

async function buildCommands(): Promise<void> {
  const launcher = readFileSync(join(root, 'scripts/launcher.cjs'), 'utf8');
  mkdirSync(join(root, 'dist/bin'), { recursive: true });
  writeFileSync(join(root, 'dist/bin/package.json'), '{"type":"commonjs"}\n');
  for (const [worker, source] of Object.entries(WORKERS)) {
    await build(commandOptions(worker, source));
  }
  for (const [command, source] of Object.entries(COMMANDS)) {
    await build(commandOptions(command, source));
    const load = AS_COMMONJS.has(command)
      ? runCompiled(`dist/cli/${command}.cjs`, `../cli/${command}.cjs`, 'tender')
      : `void import('../cli/${command}.js');`;
    const file = join(root, 'dist/bin', `${command}.js`);
    const text = launcher.replace("void import('../cli/@COMMAND@');", () => load);
    writeFileSync(file, text.replaceAll('@COMMAND@', command));
    chmodSync(file, 0o755);
    linkForNpx(command, file);
  }
}

/** npm links a package's own commands nowhere inside it: this makes `npx tender` work in a clone. */
function linkForNpx(command: string, file: string): void {
  const link = join(root, 'node_modules/.bin', command);
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), file), link);
}

/** Compiles a CommonJS bundle; gives the program that runs it, which finds it at `from`. */
function runCompiled(bundle: string, from: string, user: 'guest' | 'tender'): string {
  const file = join(root, bundle);
  const code = compileAll(Module.wrap(readFileSync(file, 'utf8')), file, user);
  writeFileSync(`${file}.${process.version}-${process.arch}`, code);
  const program = readFileSync(join(root, 'scripts/run-compiled.cjs'), 'utf8');
  return program.replaceAll('@BUNDLE@', from);
}

/** The trusted first script of a guest's realm, which the runtime holds as text. */
async function bundleRealm(): Promise<string> {
  const { outputFiles } = await build({
    ...shared,
    platform: 'neutral',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    entryPoints: ['tender/monitors/node/realm/main.ts'],
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The trusted program in a guest's process: CommonJS, which Node starts faster than a module. */
async function buildRuntime(): Promise<void> {
  await build({
    ...shared,
    define: { ...shared.define, REALM_SOURCE: JSON.stringify(await bundleRealm()) },
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    banner: { js: '"use strict";' },
    entryPoints: ['tender/monitors/node/runtime/main.ts'],
    outfile: 'dist/runtime/bundle.cjs',
    external: ['koffi'],
  });
  const program = runCompiled('dist/runtime/bundle.cjs', 'bundle.cjs', 'guest');
  writeFileSync(join(root, 'dist/runtime/guest-runtime.cjs'), program);
}

async function buildGuests(): Promise<void> {
  for (const entry of globSync('guest/apps/*.ts', { cwd: root })) {
    const name = basename(entry, '.ts');
    await buildApp({
      target: 'hvt',
      app: join(root, entry),
      disks: ['docteur'],
      outfile: join(root, `dist/guests/${name}.js`),
      conditions: ['docteur:source'],
    });
  }
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
const flags = process.argv.includes('--no-check') ? ['--noCheck'] : [];
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', ...flags], {
  cwd: root,
  stdio: 'inherit',
});
await buildCommands();
await buildLibrary(root, shared, WORKERS);
await buildRuntime();
await buildGuests();
// make compares its age with the sources'.
writeFileSync(join(root, 'dist/.built'), '');
