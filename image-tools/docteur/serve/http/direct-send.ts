import type { Socket } from 'node:net';
import { Descriptors } from '../../../../tender/native/descriptors.ts';
import { findKoffi } from '../../../../tender/native/koffi.ts';
import { loadLibc } from '../../../../tender/native/libc.ts';

/**
 * Gives a client as many of the bytes as its socket takes at once, and says how many: the others have to be written to
 * the stream. The bytes lie in memory of their own, outside the heap.
 */
export type DirectSend = (socket: Socket, bytes: Uint8Array) => number;

/** The part of Node's sockets that has the descriptor. */
interface WithHandle {
  readonly _handle?: { readonly fd?: unknown } | null;
}

/** Sends by send(2), which spares a stream's work; all is left to streams where koffi cannot be loaded. */
export function openDirectSend(): DirectSend {
  let descriptors: Descriptors;
  try {
    descriptors = new Descriptors(loadLibc(findKoffi(import.meta.url)));
  } catch {
    return () => 0;
  }
  return (socket, bytes) => {
    // What the stream has still to send comes first, and after its end comes nothing.
    if (socket.writableLength > 0 || !socket.writable) return 0;
    const fd = (socket as WithHandle)._handle?.fd;
    if (typeof fd !== 'number' || fd < 0) return 0;
    // Whatever is wrong, the stream meets it again, and tells.
    return Math.max(0, descriptors.send(fd, bytes));
  };
}
