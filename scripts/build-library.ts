import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** What package.json exports, by the file in dist/library that it is. */
const ENTRIES: Record<string, string> = {
  unix: 'guest/host/index.ts',
  fs: 'guest/host/fs/index.ts',
  web: 'guest/host/web/index.ts',
  guest: 'guest/index.ts',
  format: 'image-tools/format/index.ts',
  'image-tools': 'image-tools/index.ts',
  tender: 'tender/index.ts',
};

/** What browsers load: each is one file. */
const BROWSER_ENTRIES: Record<string, string> = {
  browser: 'guest/host/browser/index.ts',
  'browser-storage': 'guest/host/browser/storage/index.ts',
  'browser-site': 'guest/host/browser/site/index.ts',
};

/**
 * What entry points share, for any host and for Node. Each takes all or nothing of either, so that esbuild
 * makes one file of it: to find and read a file takes longer than to pass over what is not used.
 */
const PURE = "import '#format'; import '#reader';\n";
const OF_NODE = `${PURE}import './guest/host/index.ts';\n`;
const SHARED: Record<string, string> = { guest: PURE, format: PURE, tender: '' };

/** The package's own name: reading is at hand, the rest is loaded when it is first called. */
const ROOT = `export * from './guest/host/index.ts';
export { ToolError } from './image-tools/base/errors.ts';
export { parseRfc3339 } from './image-tools/base/rfc3339.ts';
export { TenderError } from './tender/base/errors.ts';
const tools = () => import('./image-tools/index.ts');
export const makeImage = async (options) => (await tools()).makeImage(options);
export const verifyImage = async (...args) => (await tools()).verifyImage(...args);
export const indexImage = async (...args) => (await tools()).indexImage(...args);
export const runGuest = async (options) => (await import('./tender/index.ts')).runGuest(options);
`;
const ROOT_TYPES = `export * from './guest/host/index.js';
export * from './image-tools/index.js';
export { type GuestEnd, type RunGuestOptions, runGuest, type Sandbox, TenderError } from './tender/index.js';
`;

function contentsOf(entry: string): string {
  const source = ENTRIES[entry];
  const contents = source === undefined ? ROOT : `export * from './${source}';\n`;
  return (SHARED[entry] ?? OF_NODE) + contents;
}

/**
 * WebAssembly as scripts/build-wasm.ts writes it, fast to parse and long; in hexadecimal, servers
 * compress it to half of that. Hashing does without: in JavaScript it has a quarter of the speed, which is still
 * that of a fast network, and 1.7 KB less.
 */
const smallWasm: Plugin = {
  name: 'small-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /format\/wasm\/sha1\.ts$/ }, () => ({
      contents: "export const SHA1_WASM = '';",
    }));
    onLoad({ filter: /format\/wasm\/objects\.ts$/ }, ({ path }) => {
      const short = path.replace(/\.ts$/, '-of-browsers.ts');
      const [, name, words] =
        /export const (\w+) =\s+'([-\d,]+)'/.exec(readFileSync(short, 'utf8')) ?? [];
      if (name === undefined) throw new Error(`${short}: no words of WebAssembly`);
      const hex = Buffer.from(Int32Array.from(JSON.parse(`[${words}]`)).buffer).toString('hex');
      const bytes = `Uint8Array.from('${hex}'.match(/../g), (byte) => parseInt(byte, 16))`;
      return { contents: `export const ${name} = String(new Int32Array(${bytes}.buffer));` };
    });
  },
};

/** No page reads all directories at once, which is what walks of trees are for: readers do without where there is none. */
const withoutWalks: Plugin = {
  name: 'without-walks',
  setup({ onLoad }) {
    onLoad({ filter: /format\/inflate\/wasm-tree-walk\.ts$/ }, () => ({
      contents: "export class WasmTreeWalk { constructor() { throw new Error('no walks here'); } }",
    }));
  },
};

/** Modules whose exports are not used are dropped: none has side effects. */
export const withoutEffects: Plugin = {
  name: 'without-effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[.#]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === withoutEffects) return undefined;
      return {
        ...(await resolve(path, { ...from, pluginData: withoutEffects })),
        sideEffects: false,
      };
    });
  },
};

/** How scripts for browsers are made small. */
export const forBrowsers: BuildOptions = {
  platform: 'browser',
  target: 'es2022',
  minify: true,
  plugins: [withoutEffects, smallWasm, withoutWalks],
};

/**
 * Builds the library: one file for each entry point and few that they share, so that loading one does
 * not mean to find and read a hundred, and an error is of the same class whichever of them it came
 * through. What browsers load are files for themselves, small, with nothing of Node in it. The types are tsc's.
 * @param workers threads that the library starts, which lie beside it
 */
export async function buildLibrary(
  root: string,
  shared: BuildOptions,
  workers: Readonly<Record<string, string>>,
): Promise<void> {
  const options: BuildOptions = {
    ...shared,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    packages: 'external',
    outdir: 'dist/library',
    chunkNames: 'shared-[hash]',
  };
  await build({
    ...options,
    splitting: true,
    entryPoints: [...Object.keys(ENTRIES), 'docteur'].map((out) => ({ in: `docteur:${out}`, out })),
    plugins: [
      {
        name: 'entry-points',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^docteur:/ }, ({ path }) => ({
            path: path.slice('docteur:'.length),
            namespace: 'docteur',
          }));
          onLoad({ filter: /.*/, namespace: 'docteur' }, ({ path }) => ({
            contents: contentsOf(path),
            resolveDir: root,
          }));
        },
      },
    ],
  });
  await build({ ...options, entryPoints: { ...workers } });
  await build({
    ...shared,
    ...forBrowsers,
    entryPoints: BROWSER_ENTRIES,
    outdir: 'dist/library',
  });
  writeFileSync(join(root, 'dist/index.d.ts'), ROOT_TYPES);
}
