import type { Inflater } from './inflate.ts';
import { createPakoInflater } from './inflate-pako.ts';
import { createInflater } from './inflate-wasm.ts';

/**
 * The fastest inflater that this host has; its streams may share memory, see `createInflater`. Node has
 * no WebAssembly under --jitless: pako is loaded only there, and without an await, so that CommonJS can
 * require whatever imports this.
 */
export function createHostInflater(): Inflater {
  if ('WebAssembly' in globalThis) return createInflater();
  const { createRequire } = process.getBuiltinModule('node:module');
  return createPakoInflater(createRequire(import.meta.url)('pako'));
}
