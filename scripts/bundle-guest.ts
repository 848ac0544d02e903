import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { parseManifest } from '#abi';
import { guestOptions } from '../guest/bundler/bundle-options.ts';

/**
 * Bundles a guest that deals with the hypercalls itself, and not with an app's host.
 * @param entry its module; its manifest lies beside it, with the ending `.manifest.json`
 * @param outfile where the guest goes
 */
export async function bundleGuest(entry: string, outfile: string): Promise<void> {
  const manifest = parseManifest(readFileSync(entry.replace(/\.ts$/, '.manifest.json'), 'utf8'));
  await build({
    ...guestOptions(manifest.devices),
    logLevel: 'warning',
    conditions: ['docteur:source'],
    entryPoints: [entry],
    outfile,
  });
}
