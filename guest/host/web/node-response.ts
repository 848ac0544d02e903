import type { ServerResponse } from 'node:http';
import type { LargeBody, SiteResponse } from './site.ts';

/** Bytes that are read of a large file at once. */
const CHUNK = 1 << 18;

/** The sizes of the bodies that answers have, which Node forgets. */
export const bodyBytes = new WeakMap<ServerResponse, number>();

/** Sends an answer; a large body as the client takes it. @throws what the first read throws */
export function sendNode({ status, headers, body }: SiteResponse, response: ServerResponse): void {
  if (body !== undefined) {
    bodyBytes.set(response, body instanceof Uint8Array ? body.length : body.to - body.from);
  }
  if (body === undefined || body instanceof Uint8Array) {
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  const first = body.read(body.from, Math.min(CHUNK, body.to - body.from));
  response.writeHead(status, headers);
  sendOn({ ...body, from: body.from + first.length }, response, first);
}

function sendOn(body: LargeBody, response: ServerResponse, chunk: Uint8Array): void {
  const { from, to } = body;
  if (response.destroyed) return;
  if (from >= to || chunk.length === 0) {
    response.end(chunk);
    return;
  }
  const next = () => {
    let following: Uint8Array;
    try {
      following = body.read(from, Math.min(CHUNK, to - from));
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
