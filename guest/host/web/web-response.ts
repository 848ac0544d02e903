import type { ReadBody, SiteResponse } from './site-response.ts';

/** Bytes that are read of a body at once. */
const CHUNK = 1 << 18;

/** The answer as the web's own type. */
export function toWebResponse({ status, headers, body }: SiteResponse): Response {
  if (body === undefined || body instanceof Uint8Array) {
    return new Response((body ?? null) as Uint8Array<ArrayBuffer> | null, { status, headers });
  }
  if (body.to - body.from > CHUNK) return new Response(streamOf(body), { status, headers });
  return new Response(readNext(body, body.from), { status, headers });
}

function readNext({ to, fill }: ReadBody, at: number): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(Math.min(CHUNK, to - at));
  fill(chunk, at);
  return chunk;
}

/** A large body, read as the client takes it. */
function streamOf(body: ReadBody): ReadableStream<Uint8Array> {
  let at = body.from;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = readNext(body, at);
        at += chunk.length;
        controller.enqueue(chunk);
        if (at >= body.to) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
