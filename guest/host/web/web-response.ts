import type { LargeBody, SiteResponse } from './site.ts';

/** Bytes that are read of a large file at once. */
const CHUNK = 1 << 18;

/** The answer as the web's own type. */
export function toWebResponse({ status, headers, body }: SiteResponse): Response {
  if (body === undefined || body instanceof Uint8Array) {
    return new Response((body ?? null) as Uint8Array<ArrayBuffer> | null, { status, headers });
  }
  return new Response(streamOf(body), { status, headers });
}

/** A large body, read as the client takes it. */
function streamOf({ from, to, read }: LargeBody): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = read(at, Math.min(CHUNK, to - at));
        at += chunk.length;
        if (chunk.length > 0) controller.enqueue(chunk);
        if (at >= to || chunk.length === 0) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
