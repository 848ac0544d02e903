import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { encodeManifest, type ManifestDevice, parseManifest } from '#abi';

const root = join(import.meta.dirname, '..');

/** Options of a bundle that is one classic script, imports nothing, and begins with its manifest. */
function guestOptions(devices: readonly ManifestDevice[], outfile: string): BuildOptions {
  return {
    absWorkingDir: root,
    outfile,
    bundle: true,
    // A neutral platform has no built-ins: an import of one fails here.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'iife',
    target: 'es2023',
    conditions: ['docteur:source'],
    banner: { js: encodeManifest(devices) },
    // A guest's text is parsed at every start.
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
}

/**
 * Bundles a guest that deals with the hypercalls itself.
 * @param entry its module; its manifest lies beside it, with the ending `.manifest.json`
 * @param outfile where the guest goes
 */
export async function bundleGuest(entry: string, outfile: string): Promise<void> {
  const manifest = parseManifest(readFileSync(entry.replace(/\.ts$/, '.manifest.json'), 'utf8'));
  await build({ ...guestOptions(manifest.devices, outfile), entryPoints: [entry] });
}

/**
 * Bundles an app (see guest/app.ts) as a guest for the tender.
 * @param app the module whose default export is the app
 * @param disk the name of its block device
 * @param outfile where the guest goes
 */
export async function bundleApp(app: string, disk: string, outfile: string): Promise<void> {
  const hvt = join(root, 'guest/hvt.ts');
  await build({
    ...guestOptions([{ name: disk, type: 'BLOCK_BASIC' }], outfile),
    stdin: {
      contents: `import { run } from ${JSON.stringify(hvt)};
import app from ${JSON.stringify(app)};
run(app);`,
      resolveDir: dirname(app),
    },
  });
}
