import { loadLater } from '../base/load-later.ts';
import type { Libc } from './libc.ts';

/** The SHA-256 of bytes whose memory lies outside V8's heap. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const DIGEST_BYTES = 32;

/**
 * Binds the SHA-256 of the OpenSSL in Node, whose functions Node exports for add-ons: node:crypto takes
 * 3 ms to load. It is used only if this Node does not export these functions.
 */
export function bindSha256(libc: Libc): Sha256 {
  let native: ReturnType<Libc['bind']>;
  try {
    native = libc.bind('SHA256', 'void *', ['void *', 'size_t', 'void *']);
  } catch {
    return (bytes) => loadLater('node:crypto').createHash('sha256').update(bytes).digest();
  }
  return (bytes) => {
    const digest = new Uint8Array(new ArrayBuffer(DIGEST_BYTES));
    native(bytes, bytes.length, digest);
    return digest;
  };
}
