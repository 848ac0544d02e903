import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { ReadBody } from '../../../../guest/host/web/site-response.ts';
import type { DirectSend } from './direct-send.ts';
import type { SendBuffers } from './send-buffers.ts';

/** Smaller bodies are copied behind their heads: one buffer is sent faster than two. */
const COPIED_BYTES = 3072;

/** Parts of an answer that go to the kernel one after the other, before the stream has one: its timer must know. */
const DIRECT_PARTS = 4;

/** What answers are sent with. */
export interface Means {
  readonly buffers: SendBuffers;
  readonly direct: DirectSend;
}

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
  { buffers, direct }: Means,
  onEnd: () => void,
): void {
  const sent = direct(socket, answer);
  if (sent === answer.length) {
    onEnd();
    return;
  }
  buffers.hold(socket);
  socket.write(answer.subarray(sent), () => {
    buffers.release(socket);
    onEnd();
  });
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
  { buffers, direct }: Means,
  onEnd: () => void,
): void {
  const buffer = buffers.take();
  let at = from;
  const end = () => {
    buffers.release(socket);
    buffers.give(buffer);
    onEnd();
  };
  const readNext = (used: number) => {
    const count = Math.min(buffer.length - used, to - at);
    fill(buffer.subarray(used, used + count), at);
    at += count;
    return buffer.subarray(0, used + count);
  };
  const readOrCut = () => {
    try {
      return readNext(0);
    } catch {
      socket.destroy();
      return undefined;
    }
  };
  const send = (first: Buffer | undefined) => {
    let part = first;
    for (let parts = 0; part !== undefined; parts += 1) {
      const sent = parts < DIRECT_PARTS ? direct(socket, part) : 0;
      if (sent < part.length) {
        buffers.hold(socket);
        // Other clients come before the next part.
        socket.write(part.subarray(sent), (error) => setImmediate(onSent, error));
        return;
      }
      part = at < to ? readOrCut() : undefined;
    }
    end();
  };
  const onSent = (error?: Error | null) => send(error || at >= to ? undefined : readOrCut());
  let first: Buffer;
  try {
    first = readNext(buffer.write(head, 'latin1'));
  } catch (error) {
    buffers.give(buffer);
    throw error;
  }
  send(first);
}
