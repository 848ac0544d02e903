// Builds dist/: the library with its types (tsc), and each command as one bundle (esbuild).
// usage: node scripts/build.ts [--no-check]
//   --no-check  trusts the types, which another step has checked
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build, transform } from 'esbuild';
import { buildApp } from '../guest/bundler/build-app.ts';
import { describeCommand } from '../image-tools/docteur/describe.ts';
import { manPage, overviewPage } from '../image-tools/docteur/man-page.ts';
import { COMMANDS } from '../image-tools/docteur/registry.ts';
import { buildLibrary, forBrowsers } from './build-library.ts';
import { buildStarts } from './build-starts.ts';
import { runCompiled, writeCompiled } from './compiled-bundle.ts';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};

/** Commands that are one program in parts: code that they share, and code that only one needs, is loaded on demand. */
const DOCTEUR = ['docteur', 'docteur.build', 'docteur.index', 'docteur.make', 'docteur.verify'];

/** Threads that commands start: bundles beside theirs. */
const WORKERS: Record<string, string> = {
  'remote-worker': 'image-tools/open/remote-worker.ts',
  'extract-worker': 'image-tools/look/extract/extract-worker.ts',
  'hash-worker': 'image-tools/source/hash-worker.ts',
  'pack-worker': 'image-tools/pack/pack-worker.ts',
  'verify-worker': 'image-tools/verify/verify-worker.ts',
};

/** Programs of processes that serve clients, machines and mounts: bundles beside the guest's runtime. */
const SERVERS: Record<string, string> = {
  fetcher: 'tender/fetcher/main.ts',
  'mount-server': 'image-tools/mount/server-main.ts',
  nbd: 'tender/exports/nbd/process/main.ts',
  'vhost-user-block': 'tender/exports/vhost-user/block-main.ts',
  'vhost-user-fs': 'image-tools/docteur/serve/fs-main.ts',
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

const forNode: BuildOptions = {
  ...shared,
  platform: 'node',
  target: 'node22',
  external: ['esbuild', 'koffi'],
};

/** Modules, as the packages are that they use. */
const asModule: BuildOptions = {
  ...forNode,
  // Bundled CommonJS packages call require() for Node's own modules.
  banner: {
    js: "import{createRequire as docteurRequire}from'node:module';const require=docteurRequire(import.meta.url);",
  },
};

/** CommonJS starts faster than a module. */
const asScript: BuildOptions = {
  ...forNode,
  format: 'cjs',
  define: { ...shared.define, 'import.meta.url': 'docteurUrl' },
  banner: { js: "const docteurUrl=require('node:url').pathToFileURL(__filename).href;" },
};

async function buildCommands(): Promise<void> {
  mkdirSync(join(root, 'dist/bin'), { recursive: true });
  writeFileSync(join(root, 'dist/bin/package.json'), '{"type":"commonjs"}\n');
  for (const [worker, source] of Object.entries(WORKERS)) {
    await build({ ...asModule, entryPoints: [source], outfile: `dist/cli/${worker}.js` });
  }
  await buildParts(
    DOCTEUR.map((command) => `image-tools/docteur/bin/${command}.ts`),
    'part',
  );
  await buildParts(['tender/commands/tender.ts'], 'tender');
  for (const command of [...DOCTEUR, 'tender']) {
    writeLauncher(command, runCompiled('../cli/', `${command}.cjs`));
  }
}

/**
 * Most runs are short, so their start counts. CommonJS starts faster than a module, and what few commands or
 * guests need is in parts that are loaded on demand. esbuild makes parts of modules only, so each part is
 * translated.
 */
async function buildParts(entryPoints: string[], name: string): Promise<void> {
  const { outputFiles } = await build({
    ...forNode,
    define: { ...shared.define, ...asScript.define },
    splitting: true,
    entryPoints,
    outdir: 'dist/cli',
    outExtension: { '.js': '.cjs' },
    chunkNames: `${name}-[hash]`,
    // `docteur run` is the command tender itself.
    external: [...(forNode.external ?? []), '*/tender/commands/tender.ts'],
    write: false,
  });
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: forNode.target as string,
      // import() would start the loader of modules.
      supported: { 'dynamic-import': false },
      banner: asScript.banner?.js as string,
    });
    writeFileSync(path, code);
    writeCompiled(path, 'tender');
  }
}

function writeLauncher(command: string, load: string): void {
  const launcher = readFileSync(join(root, 'scripts/launcher.cjs'), 'utf8');
  const file = join(root, 'dist/bin', `${command}.js`);
  const text = launcher.replace("void import('../cli/@COMMAND@');", () => load);
  writeFileSync(file, text.replaceAll('@COMMAND@', command));
  chmodSync(file, 0o755);
  linkForNpx(command, file);
}

/** The manual pages that package.json names, from the declarations of the commands. */
async function buildManPages(): Promise<void> {
  const commands = await Promise.all(COMMANDS.map(describeCommand));
  mkdirSync(join(root, 'dist/man'), { recursive: true });
  const write = (name: string, page: string) =>
    writeFileSync(join(root, 'dist/man', `${name}.1`), page);
  write('docteur', overviewPage(commands, version));
  for (const command of commands) write(`docteur-${command.name}`, manPage(command, version));
}

/** npm links a package's own commands nowhere inside it: this makes `npx tender` work in a clone. */
function linkForNpx(command: string, file: string): void {
  const link = join(root, 'node_modules/.bin', command);
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), file), link);
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
  writeCompiled(join(root, 'dist/runtime/bundle.cjs'), 'guest');
  writeFileSync(join(root, 'dist/runtime/guest-runtime.cjs'), runCompiled('.', 'bundle.cjs'));
}

/** The processes that serve clients, machines and mounts. */
async function buildServers(): Promise<void> {
  for (const [name, source] of Object.entries(SERVERS)) {
    await build({
      ...asScript,
      entryPoints: [source],
      outfile: `dist/runtime/${name}.cjs`,
    });
  }
}

/** The page of docteur browse: two scripts and a style. */
async function buildViewer(): Promise<void> {
  const page = 'image-tools/docteur/browse/page';
  await build({
    ...shared,
    ...forBrowsers,
    entryPoints: { 'docteur-viewer': `${page}/main.ts`, 'docteur-worker': `${page}/worker.ts` },
    outdir: 'dist/browse',
  });
  copyFileSync(join(root, page, 'viewer.css'), join(root, 'dist/browse/docteur-viewer.css'));
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
await buildManPages();
await buildLibrary(root, shared, WORKERS);
await buildStarts(root, asScript);
await buildRuntime();
await buildServers();
await buildViewer();
await buildGuests();
// make compares its age with the sources'.
writeFileSync(join(root, 'dist/.built'), '');
