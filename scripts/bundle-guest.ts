import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { encodeManifest, parseManifest } from '#abi';

const root = join(import.meta.dirname, '..');

/**
 * Bundles a guest into one classic script that imports nothing; its first line is its manifest.
 * @param entry the app's module; its manifest lies beside it, with the ending `.manifest.json`
 * @param outfile where the guest goes
 */
export async function bundleGuest(entry: string, outfile: string): Promise<void> {
  const manifest = parseManifest(readFileSync(entry.replace(/\.ts$/, '.manifest.json'), 'utf8'));
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    // A neutral platform has no built-ins: an import of one fails here.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'iife',
    target: 'es2023',
    conditions: ['docteur:source'],
    banner: { js: encodeManifest(manifest.devices) },
    legalComments: 'none',
    logLevel: 'warning',
  });
}
