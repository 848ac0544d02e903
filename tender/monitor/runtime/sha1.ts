import type { MachineSha1 } from '#abi';
import type { Libc } from '../../native/libc.ts';

/** More than OpenSSL's SHA_CTX has: 96. */
const CONTEXT_BYTES = 256;
const DIGEST_BYTES = 20;

// Kept before a guest runs, which may put others in their places: what native code writes into must be
// as large as it is said to be. The getter throws for what is no array, and no array can lie to it.
const Bytes = Uint8Array;
const { apply } = Reflect;
const { get: byteLengthOf } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  'byteLength',
) as { get: () => number };

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

  function add(context: Uint8Array, piece: Uint8Array): void {
    update(context, piece, apply(byteLengthOf, piece, []));
  }
  function finish(context: Uint8Array): Uint8Array {
    const digest = new Bytes(DIGEST_BYTES);
    final(digest, context);
    return digest;
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
