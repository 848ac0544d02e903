import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { guestOptions, PROGRAM_OPTIONS } from './bundle-options.ts';
import { describeFailure, describeWriteFailure } from './describe-failure.ts';
import { type AppDisk, parseDisks } from './disks.ts';
import { embed, planEmbedding } from './embed.ts';
import { BuildError } from './errors.ts';
import { findFreeNames } from './free-names.ts';
import { sizeOfInput } from './input-file.ts';
import { mapBeside, removeMap } from './map-beside.ts';
import { checkOtherFile } from './other-file.ts';
import type { Target } from './target.ts';
import { makeWhole } from './whole-output.ts';

/** This module may run from its source, or from a command's bundle: then the library lies beside it. */
function findRuntime(name: string): string {
  const places = [`../${name}.ts`, `../guest/${name}.js`];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new BuildError(`${files[1]}: not found; is docteur built?`);
  return found;
}

/** What to build, of what, and where to. */
export interface AppBuild {
  readonly target: Target;
  /** Path of the module whose default export is the app. */
  readonly app: string;
  /** For a guest, the names of its block devices; for a program, paths or `NAME=PATH`. */
  readonly disks: readonly string[];
  readonly outfile: string;
  /** Whether a guest is made small; true if absent. */
  readonly minify?: boolean;
  /** Whether a guest gets a source map beside it, by which the tender names lines of the app. */
  readonly sourceMap?: boolean;
  /** Whether a program holds its images itself. */
  readonly embed?: boolean;
  /** Conditions under which packages are resolved, beside esbuild's own. */
  readonly conditions?: readonly string[];
  /** Called with a warning about what the guest will lack. */
  readonly onWarning?: (message: string) => void;
}

/** Builds an app, whose source is the same for every target. @throws BuildError */
export async function buildApp(options: AppBuild): Promise<void> {
  const { target, outfile } = options;
  const disks = parseDisks(target, options.disks);
  const app = resolve(options.app);
  sizeOfInput(app, options.app);
  checkOtherFile(outfile, [app, ...(target === 'unix' ? disks.map(({ path }) => path) : [])]);
  if (target === 'hvt') await buildGuest(options, app, disks);
  else await buildProgram(options, app, disks);
  // One of an earlier build would name other lines.
  if (target === 'unix' || options.sourceMap !== true) removeMap(`${outfile}.map`);
}

async function buildGuest(options: AppBuild, app: string, disks: readonly AppDisk[]) {
  const { outfile, minify = true, sourceMap = false, onWarning } = options;
  const devices = disks.map(({ name }) => ({ name, type: 'BLOCK_BASIC' as const }));
  const bundling: BuildOptions = {
    ...guestOptions(devices),
    ...wrapperOf(app, 'targets/tender', ''),
    conditions: [...(options.conditions ?? [])],
    outfile,
  };
  const { usesConsole, warnings } = await attempt(findFreeNames(bundling));
  for (const line of warnings) onWarning?.(line);
  const console: BuildOptions = usesConsole
    ? { inject: [findRuntime('targets/tender-console')] }
    : {};
  await makeWhole(outfile, undefined, async (file) => {
    const map = sourceMap && mapBeside(file);
    await bundle({ ...bundling, ...console, ...map, minify, outfile: file }, outfile);
  });
}

async function buildProgram(options: AppBuild, app: string, disks: readonly AppDisk[]) {
  const { outfile } = options;
  const paths = disks.map(({ path }) => path);
  const places = options.embed ? planEmbedding(paths) : [];
  const built = disks.map(({ name, path }, index) =>
    options.embed ? { name, embedded: places[index] } : { name, path },
  );
  await makeWhole(outfile, 0o755, async (file) => {
    const bundling = {
      ...PROGRAM_OPTIONS,
      ...wrapperOf(app, 'targets/unix', `, ${JSON.stringify(built)}`),
      conditions: [...(options.conditions ?? [])],
      outfile: file,
    };
    await bundle(bundling, outfile);
    if (options.embed) await embed(file, paths, places);
  });
}

/** What stands around an app. An app may stand anywhere, and gets the library of its runtime. */
function wrapperOf(app: string, runtime: string, more: string): BuildOptions {
  const contents = `import { run } from ${JSON.stringify(findRuntime(runtime))};
import app from ${JSON.stringify(app)};
run(app${more});`;
  return {
    alias: { 'docteur/guest': findRuntime('index') },
    stdin: { contents, resolveDir: dirname(app) },
  };
}

/** @param place where the file goes that is written: not onto a module that it is made of */
async function bundle(options: BuildOptions, place: string): Promise<void> {
  const building = attempt(build({ ...options, metafile: true }));
  const { metafile } = await building.catch((error) => {
    throw describeWriteFailure(error, place);
  });
  checkOtherFile(place, Object.keys(metafile?.inputs ?? {}));
}

async function attempt<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw describeFailure(error);
  }
}
