import { createWriteStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { toPlainJson } from '#format';
import { bodyBytes } from '../../../../guest/host/web/node-response.ts';

/** Bytes of lines that wait for a slow disk or reader; further lines are left out. */
const MAX_WAITING = 1 << 20;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A log of requests: a line for each one that was answered. */
export interface AccessLog {
  write(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** @param path a file, which is added to; `-` is stdout */
export function openAccessLog(
  path: string,
  format: 'common' | 'json',
  onError: (error: Error) => void,
): AccessLog {
  const isStdout = path === '-';
  const stream: Writable = isStdout ? process.stdout : createWriteStream(path, { flags: 'a' });
  stream.on('error', onError);
  const line = format === 'json' ? jsonLine : commonLine;
  return {
    write(request, response) {
      if (stream.writable && stream.writableLength < MAX_WAITING) {
        stream.write(`${line(request, response, new Date())}\n`);
      }
    },
    close: () =>
      new Promise((resolve) => {
        if (isStdout || stream.destroyed) resolve();
        else stream.end(() => resolve());
      }),
  };
}

/** As Apache's "common" format has it. */
function commonLine(request: IncomingMessage, response: ServerResponse, now: Date): string {
  const { method = '-', url = '-', httpVersion } = request;
  const { host, bytes } = about(request, response);
  const line = `${method} ${url} HTTP/${httpVersion}`.replace(/["\\]/g, '\\$&');
  return `${host} - - [${commonDate(now)}] "${printable(line)}" ${response.statusCode} ${bytes || '-'}`;
}

function jsonLine(request: IncomingMessage, response: ServerResponse, now: Date): string {
  const { method, url, headers } = request;
  const { host, bytes } = about(request, response);
  return toPlainJson({
    time: now.toISOString(),
    client: host,
    host: headers.host,
    method,
    target: url,
    status: response.statusCode,
    bytes,
    referrer: headers.referer,
    agent: headers['user-agent'],
  });
}

function about(request: IncomingMessage, response: ServerResponse) {
  return { host: request.socket.remoteAddress ?? '-', bytes: bodyBytes.get(response) ?? 0 };
}

function commonDate(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${two(now.getUTCDate())}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}`;
  const time = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(two).join(':');
  return `${day}:${time} +0000`;
}

function printable(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
