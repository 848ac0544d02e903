import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { bodyLength, type ReadBody, type SiteResponse } from './site-response.ts';

/** Bytes that are read of a body at once. */
const CHUNK = 1 << 18;

/** The sizes of the bodies that answers have, which Node forgets. */
export const bodyBytes = new WeakMap<ServerResponse, number>();

/** Sends an answer; a large body as the client takes it. @throws what the first read throws */
export function sendNode({ status, headers, body }: SiteResponse, response: ServerResponse): void {
  bodyBytes.set(response, bodyLength(body));
  if (body === undefined || body instanceof Uint8Array) {
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  const first = readNext(body);
  response.writeHead(status, headers);
  sendOn({ ...body, from: body.from + first.length }, response, first);
}

function readNext({ from, to, fill }: ReadBody): Buffer {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, to - from));
  fill(chunk, from);
  return chunk;
}

function sendOn(body: ReadBody, response: ServerResponse, chunk: Buffer): void {
  const { from, to } = body;
  if (response.destroyed) return;
  if (from >= to) {
    response.end(chunk);
    return;
  }
  const next = () => {
    if (response.destroyed) return;
    let following: Buffer;
    try {
      following = readNext(body);
    } catch {
      // The length was promised: a client must see that it did not get all.
      response.destroy();
      return;
    }
    sendOn({ ...body, from: from + following.length }, response, following);
  };
  if (response.write(chunk)) setImmediate(next);
  else response.once('drain', next);
}
