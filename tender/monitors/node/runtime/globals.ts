/** What of the global object a guest keeps: ECMAScript, text codecs, WebAssembly; no host. */
const KEPT = new Set(
  `globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt decodeURI
  decodeURIComponent encodeURI encodeURIComponent escape unescape Object Function Array Number
  Boolean String Symbol BigInt Math Date RegExp JSON Reflect Proxy Promise Atomics Intl Iterator
  ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array
  Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array
  BigUint64Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry Error AggregateError EvalError
  RangeError ReferenceError SyntaxError TypeError URIError SuppressedError DisposableStack
  AsyncDisposableStack Temporal TextEncoder TextDecoder WebAssembly`.split(/\s+/),
);

/** Those of the kept that Node makes on first use, which must be before the host is out of reach. */
const LAZY = ['TextEncoder', 'TextDecoder'];

/**
 * Removes everything else from the global object. A layer of defence and a promise of portability,
 * not the wall: in a strict sandbox the kernel is the wall.
 */
export function stripGlobals(): void {
  const global = globalThis as unknown as Record<PropertyKey, unknown>;
  for (const name of LAZY) {
    const value = global[name];
    Object.defineProperty(global, name, { value, writable: true, configurable: true });
  }
  // Time zones are read from the host's files on first use.
  new Date(0).toString();
  for (const key of Reflect.ownKeys(global)) {
    if (key === Symbol.toStringTag || (typeof key === 'string' && KEPT.has(key))) continue;
    if (!Reflect.deleteProperty(global, key)) {
      throw new Error(`the global ${String(key)} cannot be removed`);
    }
  }
}
