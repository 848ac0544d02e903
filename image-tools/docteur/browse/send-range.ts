import { createReadStream, fstatSync, open, read } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A stream that is cut off closes its file, whatever it was told of that: this one belongs to others. */
const BORROWED = {
  open,
  read,
  close: (_fd: number, done?: (error: null) => void) => done?.(null),
} as never;

/** Headers of a request that a server elsewhere is sent, and of its answer that the page gets. */
const ASKED = ['range', 'if-match'];
const ANSWERED = ['content-range', 'content-length', 'content-encoding', 'etag', 'last-modified'];

/** Sends a file, or the range of it that is asked for. `fd` stays open. */
export async function sendFileRange(
  fd: number,
  { headers, method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size, mtimeMs, ino } = fstatSync(fd);
  const etag = `"${ino}-${size}-${mtimeMs}"`;
  const common = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== etag) {
    response.writeHead(412, common).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const from = Number(first ?? 0);
  const to = Math.min(size, last ? Number(last) + 1 : size);
  if (first !== undefined && !(from < to)) {
    response.writeHead(416, { ...common, 'content-range': `bytes */${size}` }).end();
    return;
  }
  response.writeHead(first === undefined ? 200 : 206, {
    ...common,
    'content-length': to - from,
    ...(first !== undefined && { 'content-range': `bytes ${from}-${to - 1}/${size}` }),
  });
  if (method === 'HEAD' || from === to) response.end();
  else {
    const stream = createReadStream('', { fd, fs: BORROWED, start: from, end: to - 1 });
    await pipeline(stream, response);
  }
}

/** Sends what a server elsewhere sends of an image, so that it need not permit our page to read it. */
export async function sendUrlRange(
  url: URL,
  { headers, method = 'GET' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const ending = new AbortController();
  response.once('close', () => ending.abort());
  const { signal } = ending;
  const asked = ASKED.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as [string, string]] : [];
  });
  const answer = await fetch(url, { method, headers: asked, signal });
  const answered = ANSWERED.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  response.writeHead(answer.status, {
    ...Object.fromEntries(answered),
    'content-type': 'application/octet-stream',
  });
  if (answer.body === null) response.end();
  else await pipeline(Readable.fromWeb(answer.body as never), response);
}
