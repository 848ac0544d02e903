import { existsSync, statSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildFailure, type BuildOptions, build, type Message } from 'esbuild';
import { encodeManifest, type ManifestDevice } from '#abi';
import { BuildError } from './errors.ts';

/** As a manifest wants them. */
const DEVICE_NAME = /^[A-Za-z0-9]{1,67}$/;

/** What an app can be built for: a guest of the tender, or a program of its own. */
export const TARGETS = ['hvt', 'unix'] as const;
export type Target = (typeof TARGETS)[number];

/** This module may run from its source, or from a command's bundle: then the library lies beside it. */
function findRuntime(name: string): string {
  const places = [`../${name}.ts`, `../guest/${name}.js`];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new BuildError(`${files[1]}: not found; is docteur built?`);
  return found;
}

const COMMON: BuildOptions = {
  bundle: true,
  target: 'es2023',
  legalComments: 'none',
  logLevel: 'silent',
};

/**
 * Options of a bundle that the tender runs: one classic script that imports nothing, and whose first
 * line is its manifest.
 */
export function guestOptions(devices: readonly ManifestDevice[]): BuildOptions {
  return {
    ...COMMON,
    // A neutral platform has no built-ins: an import of one fails here.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    // What packages ask of a `process`, which a guest has not.
    define: { 'process.env.NODE_ENV': '"production"' },
    format: 'iife',
    banner: { js: encodeManifest(devices) },
    // A guest's text is parsed at every start.
    minify: true,
  };
}

/**
 * Options of a bundle that is a program for Node 22 or newer. Which kind of module it is depends on its
 * name and on the package.json above it, wherever it is put: this is neither, and runs as both.
 */
const PROGRAM: BuildOptions = {
  ...COMMON,
  platform: 'node',
  target: 'node22',
  format: 'iife',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: {
    js: `#!/usr/bin/env node
var require = typeof require === 'function' ? require : process.getBuiltinModule('module').createRequire(process.argv[1]);
var moduleUrl = require('url').pathToFileURL(process.argv[1]).href;`,
  },
};

/** What to build, of what, and where to. */
export interface AppBuild {
  readonly target: Target;
  /** Path of the module whose default export is the app. */
  readonly app: string;
  /** The name of the block device (hvt), or the path of the image file (unix). */
  readonly disk: string;
  readonly outfile: string;
  /** Whether a guest is made small, so that places in it name no line of the app; true if absent. */
  readonly minify?: boolean;
  /** Conditions under which packages are resolved, beside esbuild's own. */
  readonly conditions?: readonly string[];
}

/** Builds an app, whose source is the same for every target. @throws BuildError */
export async function buildApp(options: AppBuild): Promise<void> {
  const { target, outfile, minify = true, conditions = [] } = options;
  const app = resolve(options.app);
  if (target === 'hvt' && !DEVICE_NAME.test(options.disk)) {
    throw new BuildError(
      `'${options.disk}' is no name of a device: letters and digits, 67 at most`,
      64,
    );
  }
  const stat = statSync(app, { throwIfNoEntry: false });
  if (stat === undefined) throw new BuildError(`${options.app}: no such file`, 66);
  if (!stat.isFile()) throw new BuildError(`${options.app}: not a file`, 66);
  const [runtime, disk, base] =
    target === 'hvt'
      ? ['targets/tender', '', guestOptions([{ name: options.disk, type: 'BLOCK_BASIC' }])]
      : ['targets/unix', `, ${JSON.stringify(resolve(options.disk))}`, PROGRAM];
  const contents = `import { run } from ${JSON.stringify(findRuntime(runtime))};
import app from ${JSON.stringify(app)};
run(app${disk});`;
  await bundle({
    ...base,
    minify: target === 'hvt' && minify,
    conditions: [...conditions],
    // An app may stand anywhere, and gets the library that its runtime was made with.
    alias: { 'docteur/guest': findRuntime('index') },
    stdin: { contents, resolveDir: dirname(app) },
    outfile,
  });
  if (target === 'unix') await chmod(outfile, 0o755);
}

/** @throws BuildError with what esbuild says first */
async function bundle(options: BuildOptions): Promise<void> {
  try {
    await build(options);
  } catch (error) {
    const first = (error as BuildFailure).errors?.[0];
    if (first === undefined) throw error;
    throw new BuildError(describeMessage(first));
  }
}

/** The name that esbuild gives to what we put around an app. */
const WRAPPER = '<stdin>';

/** What esbuild says of an app, in the words of whoever writes one. */
function describeMessage({ text, location }: Message): string {
  const place = location === null ? '' : `${location.file}:${location.line}: `;
  if (location?.file === WRAPPER) return `${text}: an app is its module's default export`;
  const missing = /^Could not resolve "(.+)"$/.exec(text)?.[1];
  if (missing !== undefined && isBuiltin(missing)) {
    return `${place}${text}: a guest has none of Node's own modules`;
  }
  if (text.startsWith('Top-level await')) return `${place}an app cannot wait: no top-level await`;
  return `${place}${text}`;
}
