const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { isView } = ArrayBuffer;
const Bytes = Uint8Array;

function getter<T>(prototype: object, key: PropertyKey): () => T {
  return (getOwnPropertyDescriptor(prototype, key) as { get: () => T }).get;
}

/** The getters of typed arrays: own properties of an array cannot deceive them. */
function gettersOf(prototype: object) {
  return {
    buffer: getter<ArrayBuffer>(prototype, 'buffer'),
    byteOffset: getter<number>(prototype, 'byteOffset'),
    byteLength: getter<number>(prototype, 'byteLength'),
  };
}
const prototypeOfArrays = getPrototypeOf(Bytes.prototype) as object;
const ofArrays = gettersOf(prototypeOfArrays);
const ofDataViews = gettersOf(DataView.prototype);
const typeOf = getter<string | undefined>(prototypeOfArrays, Symbol.toStringTag);
const lengthOfBuffer = getter<number>(ArrayBuffer.prototype, 'byteLength');
const lengthOfShared = getter<number>(SharedArrayBuffer.prototype, 'byteLength');

/** Whether a value is a Uint8Array, of whatever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return isView(value) && apply(typeOf, value, []) === 'Uint8Array';
}

function isBuffer(value: unknown): value is ArrayBuffer {
  for (const length of [lengthOfBuffer, lengthOfShared]) {
    try {
      apply(length, value, []);
      return true;
    } catch {
      // No such buffer.
    }
  }
  return false;
}

/**
 * The bytes of a guest's array or buffer, as an array of this realm: length, offset and prototype of the
 * guest's own may be faked.
 */
export function viewOf(value: unknown): Uint8Array | undefined {
  try {
    return makeView(value);
  } catch {
    // Detached: it has no bytes any more.
    return undefined;
  }
}

function makeView(value: unknown): Uint8Array | undefined {
  if (isView(value)) {
    const { buffer, byteOffset, byteLength } =
      apply(typeOf, value, []) === undefined ? ofDataViews : ofArrays;
    return new Bytes(
      apply(buffer, value, []),
      apply(byteOffset, value, []),
      apply(byteLength, value, []),
    );
  }
  return isBuffer(value) ? new Bytes(value) : undefined;
}
