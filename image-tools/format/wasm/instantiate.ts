/** The part of WebAssembly that is used here: ECMAScript's own types do not hold it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** A module is compiled once, when it is first wanted. */
const compiled = new Map<Uint8Array, object>();

/**
 * A new instance of one of this folder's modules: its exports. `host` holds the functions that it
 * imports.
 * @throws what WebAssembly throws, where the runtime lacks it or one of its features
 */
export function instantiate<Exports extends object>(
  bytes: Uint8Array<ArrayBuffer>,
  host: object,
): Exports {
  let module = compiled.get(bytes);
  if (module === undefined) {
    module = new WebAssembly.Module(bytes);
    compiled.set(bytes, module);
  }
  return new WebAssembly.Instance(module, { host }).exports as Exports;
}
