/** The part of WebAssembly that is used here: ECMAScript's own types do not hold it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** A module is compiled once, when it is first wanted. */
const compiled = new Map<string, object>();

/**
 * Compiles a module that scripts/build-wasm.ts wrote, its bytes as decimal numbers with commas.
 * @throws what WebAssembly throws, where the runtime lacks it or one of its features
 */
export function compile(bytes: string): object {
  let module = compiled.get(bytes);
  if (module === undefined) {
    // Parsed by the engine itself: decoding base64 in JavaScript takes five times as long at first.
    module = new WebAssembly.Module(new Uint8Array(JSON.parse(`[${bytes}]`) as number[]));
    compiled.set(bytes, module);
  }
  return module;
}

/**
 * A new instance of such a module: its exports. `host` holds the functions that it imports.
 * @throws what {@link compile} throws
 */
export function instantiate<Exports extends object>(bytes: string, host: object): Exports {
  return new WebAssembly.Instance(compile(bytes), { host }).exports as Exports;
}
