import { keptGlobals, stripGlobals } from '../realm/globals.ts';

/** What Node itself goes on to use of `process`: events, the loop, and the end. */
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

/** The objects of this realm's language: what a function of the runtime's or of Node's builds on. */
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
 * Leaves little to gain in the realm of Node and of the runtime, should a guest ever get an object of it:
 * no `process` worth having, no way to compile, and nothing of the language to change. To be called when
 * all is loaded that will ever be.
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
