/** What of a global object stays: ECMAScript, and WebAssembly. */
const KEPT = new Set(
  `globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt decodeURI
  decodeURIComponent encodeURI encodeURIComponent escape unescape Object Function Array Number
  Boolean String Symbol BigInt Math Date RegExp JSON Reflect Proxy Promise Atomics Intl Iterator
  ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array
  Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array
  BigUint64Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry Error AggregateError EvalError
  RangeError ReferenceError SyntaxError TypeError URIError SuppressedError DisposableStack
  AsyncDisposableStack Temporal WebAssembly`.split(/\s+/),
);

/** What of WebAssembly asks the host for code, or moves stacks: no guest gets it. */
const NO_WEBASSEMBLY = [
  'compileStreaming',
  'instantiateStreaming',
  'Suspending',
  'promising',
  'SuspendError',
];

function remove(object: object, key: PropertyKey): void {
  if (!Reflect.deleteProperty(object, key)) {
    throw new Error(`the global ${String(key)} cannot be removed`);
  }
}

/** The names that {@link stripGlobals} leaves. */
export function keptGlobals(): readonly string[] {
  return [...KEPT];
}

/** Removes everything else from the global object of the realm that this runs in. */
export function stripGlobals(): void {
  for (const key of Reflect.ownKeys(globalThis)) {
    if (typeof key !== 'string' || !KEPT.has(key)) remove(globalThis, key);
  }
  // Of the host's making, as its constructor is; it cannot be replaced.
  const parent = Reflect.getPrototypeOf(globalThis);
  if (parent !== null && parent !== Object.prototype) {
    for (const key of Reflect.ownKeys(parent)) remove(parent, key);
  }
  // Absent where there is no just-in-time compiler.
  const { WebAssembly } = globalThis as { WebAssembly?: object };
  if (WebAssembly === undefined) return;
  for (const name of NO_WEBASSEMBLY) remove(WebAssembly, name);
}
