import type { MachineSha1 } from '#abi';
import type { Libc } from '../../../native/libc.ts';

/** More than OpenSSL's SHA_CTX has: 96. */
const CONTEXT_BYTES = 256;
const DIGEST_BYTES = 20;
/** Arrays up to so many bytes lie in V8's heap, and it takes longer to move one out than to copy it. */
const SMALL = 64;

// Kept before a guest runs, which may put others in their places: what native code writes into must be
// as large as it is said to be. The getters say what an array is, and no array can lie to them.
const Bytes = Uint8Array;
const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const prototypeOfArrays = getPrototypeOf(Bytes.prototype) as Uint8Array;
const { set } = prototypeOfArrays;

function arrayGetter<T>(key: PropertyKey): () => T {
  return (getOwnPropertyDescriptor(prototypeOfArrays, key) as { get: () => T }).get;
}
const typeOf = arrayGetter<string | undefined>(Symbol.toStringTag);
const byteLengthOf = arrayGetter<number>('byteLength');

/**
 * Binds the SHA-1 of the OpenSSL in Node, whose functions Node exports for add-ons, in 0.1 ms; hashing
 * asks the kernel for nothing. node:crypto would take 4 ms to load, and 0.6 µs more for each call.
 * @returns undefined where this Node exports no such functions
 */
export function bindSha1(libc: Libc): MachineSha1 | undefined {
  try {
    const init = libc.bind('SHA1_Init', 'int', ['void *']);
    const update = libc.bind('SHA1_Update', 'int', ['void *', 'void *', 'size_t']);
    const final = libc.bind('SHA1_Final', 'int', ['void *', 'void *']);
    return sha1Of({ init, update, final });
  } catch {
    return undefined;
  }
}

type Native = ReturnType<Libc['bind']>;

function sha1Of({ init, update, final }: Record<'init' | 'update' | 'final', Native>): MachineSha1 {
  const shared = new Bytes(CONTEXT_BYTES);
  const small = new Bytes(new ArrayBuffer(SMALL));
  const digest = new Bytes(new ArrayBuffer(DIGEST_BYTES));

  function add(context: Uint8Array, piece: Uint8Array): void {
    if (apply(typeOf, piece, []) !== 'Uint8Array') throw new TypeError('no bytes to hash');
    const length = apply(byteLengthOf, piece, []);
    if (length > SMALL) {
      update(context, piece, length);
    } else {
      apply(set, small, [piece]);
      update(context, small, length);
    }
  }
  function finish(context: Uint8Array): Uint8Array {
    final(digest, context);
    return new Bytes(digest);
  }
  function start() {
    const context = new Bytes(CONTEXT_BYTES);
    init(context);
    return {
      update: (piece: Uint8Array) => add(context, piece),
      digest: () => finish(context),
    };
  }
  function ofBoth(head: Uint8Array, tail: Uint8Array): Uint8Array {
    init(shared);
    add(shared, head);
    add(shared, tail);
    return finish(shared);
  }
  return Object.assign(start, { ofBoth });
}
