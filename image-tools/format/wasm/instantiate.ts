import { decodeBase64 } from './base64.ts';

/** The part of WebAssembly that is used here: ECMAScript's own types do not hold it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** A module is compiled once, when it is first wanted. */
const compiled = new Map<string, object>();

/**
 * A new instance of a module that scripts/build-wasm.ts wrote: its exports. `host` holds the functions that it
 * imports.
 * @throws what WebAssembly throws, where the runtime lacks it or one of its features
 */
export function instantiate<Exports extends object>(base64: string, host: object): Exports {
  let module = compiled.get(base64);
  if (module === undefined) {
    module = new WebAssembly.Module(decodeBase64(base64));
    compiled.set(base64, module);
  }
  return new WebAssembly.Instance(module, { host }).exports as Exports;
}
