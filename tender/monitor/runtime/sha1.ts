import type { MachineSha1 } from '#abi';
import type { Libc } from '../../native/libc.ts';

/** More than OpenSSL's SHA_CTX has: 96. */
const CONTEXT_BYTES = 256;
const DIGEST_BYTES = 20;

/** The getter itself, kept before a guest runs: it throws for what is no array, and no array can lie. */
const { get: byteLengthOf } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  'byteLength',
) as { get: () => number };
const { apply } = Reflect;

/**
 * Offers the SHA-1 of the OpenSSL in Node, whose functions Node exports for add-ons. It is bound when the
 * guest wants it, in 0.1 ms and in the jail: neither that nor hashing asks the kernel for anything.
 * node:crypto would take 4 ms to load, and 0.6 µs more for each call.
 * @returns what binds it; that gives undefined where this Node exports no such functions
 */
export function offerSha1(libc: Libc): () => MachineSha1 | undefined {
  let bound: MachineSha1 | undefined;
  return () => {
    try {
      bound ??= bindSha1(libc);
    } catch {
      return undefined;
    }
    return bound;
  };
}

function bindSha1(libc: Libc): MachineSha1 {
  const init = libc.bind('SHA1_Init', 'int', ['void *']);
  const update = libc.bind('SHA1_Update', 'int', ['void *', 'void *', 'size_t']);
  const final = libc.bind('SHA1_Final', 'int', ['void *', 'void *']);
  const shared = new Uint8Array(CONTEXT_BYTES);
  const digest = new Uint8Array(new ArrayBuffer(DIGEST_BYTES));

  function add(context: Uint8Array, piece: Uint8Array): void {
    update(context, piece, apply(byteLengthOf, piece, []));
  }
  function finish(context: Uint8Array): Uint8Array {
    final(digest, context);
    return digest.slice();
  }

  return {
    ofBoth(head, tail) {
      init(shared);
      add(shared, head);
      add(shared, tail);
      return finish(shared);
    },
    start() {
      const context = new Uint8Array(CONTEXT_BYTES);
      init(context);
      return {
        update: (piece) => add(context, piece),
        digest: () => finish(context),
      };
    },
  };
}
