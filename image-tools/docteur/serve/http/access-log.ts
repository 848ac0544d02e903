import { constants, createWriteStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { toPlainJson } from '#format';
import { describeSystemError, ToolError } from '../../../base/errors.ts';
import type { Answered } from './answered.ts';

/** Bytes of lines that wait for a slow disk or reader; further lines are left out. */
const MAX_WAITING = 1 << 20;
/** What such a reader gets for the rest of them at the end. */
const FLUSH_MS = 1_000;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A log of requests: a line for each one that was answered. */
export interface AccessLog {
  write(answered: Answered): void;
  close(): Promise<void>;
}

/** @param path a file, which is added to; `-` is stdout @throws ToolError where it cannot be */
export function openAccessLog(
  path: string,
  format: 'common' | 'json',
  onError: (error: Error) => void,
): AccessLog {
  const isStdout = path === '-';
  const stream: Writable = isStdout ? process.stdout : openFile(path);
  stream.on('error', onError);
  const line = format === 'json' ? jsonLine : commonLine;
  return {
    write(answered) {
      if (stream.writable && stream.writableLength < MAX_WAITING) {
        stream.write(`${line(answered, new Date())}\n`);
      }
    },
    close: () =>
      new Promise((resolve) => {
        if (isStdout || stream.destroyed) return resolve();
        const timer = setTimeout(() => stream.destroy(), FLUSH_MS);
        stream.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        stream.write('', () => stream.destroy());
      }),
  };
}

function openFile(path: string): Writable {
  try {
    const isFifo = statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
    if (!isFifo) return createWriteStream(path, { flags: 'a', fd: openSync(path, 'a') });
    // Whoever reads a FIFO may come later, or never: a thread that waited for that could not be ended. Open in both
    // directions, it needs nobody at its other end.
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    return new Socket({ fd, writable: true });
  } catch (error) {
    const reason = describeSystemError(error);
    throw new ToolError('CANNOT_CREATE', `access log ${path}: cannot open: ${reason}`, error);
  }
}

/** As Apache's "common" format has it. */
function commonLine(answered: Answered, now: Date): string {
  const { client = '-', method = '-', target = '-', httpVersion, status, bytes } = answered;
  const line = `${method} ${target} HTTP/${httpVersion}`.replace(/["\\]/g, '\\$&');
  return `${client} - - [${commonDate(now)}] "${printable(line)}" ${status} ${bytes || '-'}`;
}

function jsonLine({ client, method, target, status, bytes, header }: Answered, now: Date): string {
  return toPlainJson({
    time: now.toISOString(),
    client: client ?? '-',
    host: header('host'),
    method,
    target,
    status,
    bytes,
    referrer: header('referer'),
    agent: header('user-agent'),
  });
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
