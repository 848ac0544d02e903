import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { ReadBody } from '../../../../guest/host/web/site-response.ts';
import type { SendBuffers } from './send-buffers.ts';

/** Smaller bodies are copied behind their heads: one buffer is sent faster than two. */
const COPIED_BYTES = 3072;

/** Sends a head, and a body that stays as it is. */
export function sendBytes(socket: Socket, head: string, body: Uint8Array | undefined): void {
  if (body === undefined) {
    socket.write(head, 'latin1');
  } else if (body.length <= COPIED_BYTES) {
    const all = Buffer.allocUnsafe(head.length + body.length);
    all.write(head, 'latin1');
    all.set(body, head.length);
    socket.write(all);
  } else {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }
}

/** Sends a whole answer that stays as it is until `onEnd`, which is called once: after it, or once the client is lost. */
export function sendHot(
  socket: Socket,
  answer: Buffer,
  buffers: SendBuffers,
  onEnd: () => void,
): void {
  socket.write(answer, () => {
    buffers.release(socket);
    onEnd();
  });
  if (socket.writableLength > 0) buffers.hold(socket);
}

/**
 * Sends a head, and a body that is read part by part, each once the client has taken the one before. Where a later
 * part cannot be read, the connection is cut: the client was promised all of it.
 * @param onEnd is called once, after everything was sent or the connection was lost
 * @throws what the first part throws: nothing was sent then, and `onEnd` is not called
 */
export function sendParts(
  socket: Socket,
  head: string,
  { from, to, fill }: ReadBody,
  buffers: SendBuffers,
  onEnd: () => void,
): void {
  const buffer = buffers.take(socket);
  let at = from;
  const end = () => {
    buffers.give(socket, buffer);
    onEnd();
  };
  const sendNext = (used: number) => {
    const count = Math.min(buffer.length - used, to - at);
    fill(buffer.subarray(used, used + count), at);
    at += count;
    socket.write(buffer.subarray(0, used + count), sent);
  };
  const sent = (error?: Error | null) => {
    if (error || at >= to) return end();
    try {
      sendNext(0);
    } catch {
      socket.destroy();
      end();
    }
  };
  try {
    sendNext(buffer.write(head, 'latin1'));
  } catch (error) {
    buffers.give(socket, buffer);
    throw error;
  }
}
