import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { withoutEffects } from './build-library.ts';
import { runCompiled, writeCompiled } from './compiled-bundle.ts';

/** Entry points that a Node loads before the program it is started for, and the function that each exports. */
const STARTS: Readonly<Record<string, readonly [source: string, name: string]>> = {
  register: ['guest/host/modules/index.ts', 'register'],
  'register-fs': ['guest/host/modules/fs/index.ts', 'register'],
  vfs: ['guest/host/vfs/index.ts', 'mountImage'],
};

/** The only one that has virtual file systems; `make test` installs it. */
const NEWEST_NODE = 'build/nodes/node_modules/node26/bin/node';

/** Node's own SHA-1 is at hand for all but a commit, which is hashed in JavaScript. */
const withoutSha1Wasm: Plugin = {
  name: 'without-sha1-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /format\/wasm\/sha1\.ts$/ }, () => ({
      contents: "export const SHA1_WASM = '';",
    }));
  },
};

/**
 * Builds what every start of an app in an image waits for: a small bundle with what one entry point needs, V8's code
 * beside it: for the Node that builds, and for the newest one where that is installed. The rest of the library is not loaded with it, so that its classes are not the library's: those of
 * errors recognize each other's.
 * @param asScript how bundles of CommonJS are built
 */
export async function buildStarts(root: string, asScript: BuildOptions): Promise<void> {
  const folder = join(root, 'dist/library/start');
  mkdirSync(folder);
  for (const [entry, [source, name]] of Object.entries(STARTS)) {
    const bundle = join(folder, `${entry}.cjs`);
    await build({
      ...asScript,
      plugins: [withoutEffects, withoutSha1Wasm],
      // With its lines: Node shows the one that threw an error that nobody caught.
      minifySyntax: true,
      minifyIdentifiers: true,
      entryPoints: [source],
      outfile: bundle,
    });
    if (entry !== 'vfs') writeCompiled(bundle, 'tender');
    writeCompiledByNewest(root, bundle);
    writeFileSync(join(folder, `load-${entry}.cjs`), runCompiled('.', `${entry}.cjs`));
    writeFileSync(
      join(root, 'dist/library', `${entry}.js`),
      `import { createRequire } from 'node:module';
export const { ${name} } = createRequire(import.meta.url)('./start/load-${entry}.cjs');
`,
    );
  }
}

function writeCompiledByNewest(root: string, bundle: string): void {
  const node = join(root, NEWEST_NODE);
  if (!existsSync(node)) return;
  const script = join(import.meta.dirname, 'write-compiled.ts');
  const { NODE_OPTIONS: _, ...env } = process.env;
  execFileSync(node, ['--conditions=docteur:source', script, bundle], { env, stdio: 'inherit' });
}
