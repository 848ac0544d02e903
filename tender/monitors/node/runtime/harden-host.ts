import { keptGlobals, stripGlobals } from '../realm/globals.ts';

/** The parts of `process` that Node itself still uses: events, the loop, and the exit. */
const KEPT_OF_PROCESS = new Set(
  '_events _eventsCount _maxListeners _exiting _fatalException _tickCallback nextTick domain exitCode'.split(
    ' ',
  ),
);

function prototypesOfFunctions(): object[] {
  const functions = [() => {}, async () => {}, function* () {}, async function* () {}];
  return functions.map((each) => Reflect.getPrototypeOf(each) as object);
}

function prototypesOfIterators(): object[] {
  const iterators = [[].values(), new Map().values(), new Set().values(), ''[Symbol.iterator]()];
  return iterators.flatMap((each) => {
    const own = Reflect.getPrototypeOf(each) as object;
    return [own, Reflect.getPrototypeOf(own) as object];
  });
}

/** The language's objects in this realm, which functions of the runtime and of Node use. */
function intrinsics(): object[] {
  const global = globalThis as unknown as Record<string, unknown>;
  const found = keptGlobals().flatMap((name) => {
    const value = global[name];
    if (typeof value !== 'object' && typeof value !== 'function') return [];
    if (value === null || value === globalThis) return [];
    const { prototype } = value as { prototype?: unknown };
    return typeof prototype === 'object' && prototype !== null ? [value, prototype] : [value];
  });
  const arrays = Reflect.getPrototypeOf(Uint8Array) as { prototype: object };
  const others = [arrays, arrays.prototype, ...prototypesOfFunctions(), ...prototypesOfIterators()];
  return [...found, ...others];
}

/**
 * Leaves little to gain in the realm of Node and of the runtime, should a guest ever get an object of it: no
 * useful `process`, no way to compile, and a frozen language. To be called when everything is loaded.
 */
export function hardenHost(): void {
  const { process } = globalThis;
  stripGlobals();
  for (const key of Reflect.ownKeys(process)) {
    if (typeof key === 'string' && !KEPT_OF_PROCESS.has(key)) Reflect.deleteProperty(process, key);
  }
  const kinds = prototypesOfFunctions();
  for (const object of intrinsics()) {
    // `constructor` of each kind of function compiles text.
    if (kinds.includes(object)) Reflect.deleteProperty(object, 'constructor');
    Object.freeze(object);
  }
  for (const name of ['eval', 'Function']) Reflect.deleteProperty(globalThis, name);
}
