import type { Libc } from '../../../native/libc.ts';
import type { HostSha1 } from '../realm/host-calls.ts';
import { isBytes, viewOf } from './view-of.ts';

// Kept before a guest runs: native code must write only into arrays of the size they claim.
const Bytes = Uint8Array;
const { set } = Bytes.prototype;
const { apply } = Reflect;

/** More than OpenSSL's SHA_CTX has: 96. */
const CONTEXT_BYTES = 256;
const DIGEST_BYTES = 20;
/** Arrays of up to this many bytes lie in V8's heap; copying one is faster than moving it out. */
const SMALL = 64;

/**
 * Binds the SHA-1 of the OpenSSL in Node, whose functions Node exports for add-ons, in 0.1 ms. Hashing makes no
 * system call. node:crypto takes 4 ms to load, and 0.6 µs more for each call.
 * @returns undefined where this Node exports no such functions
 */
export function bindSha1(libc: Libc): HostSha1 | undefined {
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

function sha1Of({ init, update, final }: Record<'init' | 'update' | 'final', Native>): HostSha1 {
  const shared = new Bytes(CONTEXT_BYTES);
  const small = new Bytes(new ArrayBuffer(SMALL));
  const result = new Bytes(new ArrayBuffer(DIGEST_BYTES));

  function add(context: Uint8Array, piece: unknown): boolean {
    const view = isBytes(piece) ? viewOf(piece) : undefined;
    if (view === undefined) return false;
    const { length } = view;
    if (length > SMALL) {
      update(context, view, length);
    } else {
      apply(set, small, [view]);
      update(context, small, length);
    }
    return true;
  }
  function finish(context: Uint8Array, digest: Uint8Array): void {
    final(result, context);
    const view = viewOf(digest);
    if (view !== undefined) apply(set, view, [result]);
  }
  return {
    start() {
      const context = new Bytes(CONTEXT_BYTES);
      init(context);
      return context;
    },
    update: add,
    finish,
    ofBoth(head, tail, digest) {
      init(shared);
      if (!add(shared, head) || !add(shared, tail)) return false;
      finish(shared, digest);
      return true;
    },
  };
}
