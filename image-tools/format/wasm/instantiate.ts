/** The part of WebAssembly that is used here: ECMAScript's own types do not hold it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** A module is compiled once, when it is first wanted. */
const compiled = new Map<string, object>();

/**
 * Compiles a module that scripts/build-wasm.ts wrote: its bytes as little-endian words,
 * signed decimal numbers with commas.
 * @throws what WebAssembly throws, where the runtime lacks it or one of its features
 */
export function compile(words: string): object {
  let module = compiled.get(words);
  if (module === undefined) {
    // Parsed by the engine itself: decoding base64 in JavaScript takes five times as long at first.
    const parsed = Int32Array.from(JSON.parse(`[${words}]`) as number[]);
    module = new WebAssembly.Module(new Uint8Array(parsed.buffer));
    compiled.set(words, module);
  }
  return module;
}

/**
 * A new instance of such a module: its exports. `host` holds the functions that it imports.
 * @throws what {@link compile} throws
 */
export function instantiate<Exports extends object>(words: string, host: object): Exports {
  return new WebAssembly.Instance(compile(words), { host }).exports as Exports;
}
