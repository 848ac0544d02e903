import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildFailure, type BuildOptions, build } from 'esbuild';
import { encodeManifest, type ManifestDevice } from '#abi';
import { addCode } from './add-code.ts';
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
    format: 'iife',
    banner: { js: encodeManifest(devices) },
    // A guest's text is parsed at every start.
    minify: true,
  };
}

/** Options of a bundle that is a program for Node 22 or newer. */
const PROGRAM: BuildOptions = {
  ...COMMON,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  banner: { js: '#!/usr/bin/env node' },
};

/** What to build, of what, and where to. */
export interface AppBuild {
  readonly target: Target;
  /** Path of the module whose default export is the app. */
  readonly app: string;
  /** The name of the block device (hvt), or the path of the image file (unix). */
  readonly disk: string;
  readonly outfile: string;
  /** Conditions under which packages are resolved, beside esbuild's own. */
  readonly conditions?: readonly string[];
}

/** Builds an app, whose source is the same for every target. @throws BuildError */
export async function buildApp(options: AppBuild): Promise<void> {
  const { target, outfile, conditions = [] } = options;
  const app = resolve(options.app);
  if (target === 'hvt' && !DEVICE_NAME.test(options.disk)) {
    throw new BuildError(
      `'${options.disk}' is no name of a device: letters and digits, 67 at most`,
      64,
    );
  }
  if (!existsSync(app)) throw new BuildError(`${options.app}: no such file`, 66);
  const [runtime, disk, base] =
    target === 'hvt'
      ? ['hvt', '', guestOptions([{ name: options.disk, type: 'BLOCK_BASIC' }])]
      : ['unix/run', `, ${JSON.stringify(resolve(options.disk))}`, PROGRAM];
  const contents = `import { run } from ${JSON.stringify(findRuntime(runtime))};
import app from ${JSON.stringify(app)};
run(app${disk});`;
  await bundle({
    ...base,
    conditions: [...conditions],
    // An app may stand anywhere, and gets the library that its runtime was made with.
    alias: { 'docteur/guest': findRuntime('index') },
    stdin: { contents, resolveDir: dirname(app) },
    outfile,
  });
  if (target === 'unix') await chmod(outfile, 0o755);
  else await addCode(outfile);
}

/** @throws BuildError with what esbuild says first */
async function bundle(options: BuildOptions): Promise<void> {
  try {
    await build(options);
  } catch (error) {
    const { errors } = error as BuildFailure;
    const first = errors?.[0];
    if (first === undefined) throw error;
    const { file, line } = first.location ?? {};
    throw new BuildError(`${file === undefined ? '' : `${file}:${line}: `}${first.text}`);
  }
}
