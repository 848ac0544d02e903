import { join, relative } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { type BuildOptions, build } from 'esbuild';

/** What an app, or a package in it, expects of its host and a guest does not have. */
const MISSING =
  `process Buffer global setTimeout setInterval setImmediate clearTimeout clearInterval
clearImmediate queueMicrotask structuredClone performance crypto fetch XMLHttpRequest WebSocket URL
URLSearchParams AbortController Blob atob btoa window document navigator localStorage __dirname
__filename`.split(/\s+/);

/** Nobody else's name begins so. */
const MARK = '__docteur_free_';

/** What the code of a guest takes from its host. */
export interface FreeNames {
  /** Whether there is a `console` in it. */
  readonly usesConsole: boolean;
  /** A line for each name that a guest does not have, with the place of its first use. */
  readonly warnings: readonly string[];
}

/**
 * Bundles a guest once more, with every name of the host's marked: a mark that esbuild's scopes and tree shaking
 * leave in place is a name that is really used. A name that is asked for by `typeof` in the same file
 * is not missed.
 * @throws what esbuild throws
 */
export async function findFreeNames(bundling: BuildOptions): Promise<FreeNames> {
  const marks = ['console', ...MISSING].map((name) => [name, `${MARK}${name}`]);
  const { outputFiles = [] } = await build({
    ...bundling,
    minify: false,
    define: {
      ...bundling.define,
      ...Object.fromEntries(marks),
      'globalThis.console': `${MARK}console`,
    },
    sourcemap: 'external',
    sourcesContent: false,
    write: false,
  });
  const code = outputFiles.find(({ path }) => !path.endsWith('.map'))?.text ?? '';
  const map = outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '{}';
  const uses = listUses(code, new TraceMap(map));
  const missed = uses.filter(
    ({ name, file, guard }) =>
      name !== 'console' &&
      !guard &&
      !uses.some((other) => other.guard && other.name === name && other.file === file),
  );
  const first = missed.filter(
    ({ name }, index) => missed.findIndex((u) => u.name === name) === index,
  );
  const folder = join(bundling.outfile ?? '.', '..');
  return {
    usesConsole: uses.some(({ name }) => name === 'console'),
    warnings: first.map(({ name, file, line }) => {
      const path = relative(process.cwd(), join(folder, file));
      return `${path}:${line}: ${name} does not exist in a guest; using it will fail`;
    }),
  };
}

interface Use {
  readonly name: string;
  /** Relative to the folder of the bundle. */
  readonly file: string;
  readonly line: number;
  /** Whether it only asks if there is one. */
  readonly guard: boolean;
}

const USE = new RegExp(`(typeof )?\\b${MARK}(\\w+)`, 'g');

function listUses(code: string, map: TraceMap): Use[] {
  return code.split('\n').flatMap((text, index) =>
    [...text.matchAll(USE)].map((match) => {
      const [whole, guard, name = ''] = match;
      const column = match.index + whole.length - name.length - MARK.length;
      const { source, line } = originalPositionFor(map, { line: index + 1, column });
      return { name, file: source ?? '', line: line ?? 0, guard: guard !== undefined };
    }),
  );
}
