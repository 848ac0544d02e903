import type { Inflater } from './inflate.ts';
import { createInflater } from './inflate-wasm.ts';

// Node has no WebAssembly under --jitless. What is not needed is not loaded.
const pako = 'WebAssembly' in globalThis ? undefined : await import('./inflate-pako.ts');

/** The fastest inflater that this host has; its streams may share memory, see `createInflater`. */
export function createHostInflater(): Inflater {
  return pako === undefined ? createInflater() : pako.createPakoInflater();
}
