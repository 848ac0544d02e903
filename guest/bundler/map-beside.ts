import { readFileSync, rmSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** Where the library lies: the source's folder, or that of dist. */
const LIBRARY = fileURLToPath(new URL('..', import.meta.url));

/**
 * Options for a source map beside a bundle, `FILE.map`, without the sources' text. What it says of the
 * library is marked, so that a stack can leave it out.
 */
export function mapBeside(outfile: string): BuildOptions {
  return {
    sourcemap: 'external',
    sourcesContent: false,
    plugins: [
      {
        name: 'mark-the-library',
        setup(build) {
          build.onEnd(async ({ errors }) => {
            if (errors.length === 0) await markLibrary(`${outfile}.map`);
          });
        },
      },
    ],
  };
}

async function markLibrary(file: string): Promise<void> {
  const map = JSON.parse(await readFile(file, 'utf8')) as { sources: string[] };
  map.sources = map.sources.map((source) => {
    const inLibrary = relative(LIBRARY, resolve(dirname(file), source));
    return inLibrary.startsWith('..') ? source : `docteur:${inLibrary}`;
  });
  await writeFile(file, JSON.stringify(map));
}

/** How a map that was written here begins. */
const START = '{"version":3,';

/** Removes a map that an earlier build has left there; any other file of that name stays. */
export function removeMap(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  if (readFileSync(file, 'latin1').startsWith(START)) rmSync(file);
}
