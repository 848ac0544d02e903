import type { BuildOptions } from 'esbuild';
import { encodeManifest, type ManifestDevice } from '#abi';

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
    // A package's code for browsers suits a guest best. An import of one of Node's modules fails here.
    platform: 'browser',
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
export const PROGRAM_OPTIONS: BuildOptions = {
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
