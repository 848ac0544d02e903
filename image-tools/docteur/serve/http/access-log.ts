import { constants, createWriteStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { toPlainJson } from '#format';
import { describeSystemError, ToolError } from '../../../base/errors.ts';
import { formatCount } from '../../units.ts';
import { LineOutput } from '../line-output.ts';
import type { Answered } from './answered.ts';

/** What such a reader gets for the rest of them at the end. */
const FLUSH_MS = 1_000;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A log of requests: a line for each one that was answered. */
export interface AccessLog {
  write(answered: Answered): void;
  close(): Promise<void>;
}

/**
 * Opens a log that never stops whoever writes it: lines that nobody takes in time are left out.
 * @param path a file, which is added to; `-` is stdout
 * @param onTrouble told in words: once when the first line is left out, of how many at the end, and of a failure, after
 * which nothing is written
 * @throws ToolError where it cannot be opened
 */
export function openAccessLog(
  path: string,
  format: 'common' | 'json',
  onTrouble: (words: string) => void,
): AccessLog {
  const isStdout = path === '-';
  const stream: Writable = isStdout ? process.stdout : openFile(path);
  const output = new LineOutput(stream);
  let hasFailed = false;
  // The server goes on without a reader of its log.
  if (isStdout) stream.removeAllListeners('error');
  stream.on('error', (error) => {
    if (hasFailed) return;
    hasFailed = true;
    const name = isStdout ? 'stdout' : path;
    onTrouble(
      `${name}: cannot write, so no more requests are logged: ${describeSystemError(error)}`,
    );
  });
  const line = format === 'json' ? jsonLine : commonLine;
  const end = () =>
    new Promise<void>((resolve) => {
      if (isStdout || stream.destroyed) return resolve();
      const timer = setTimeout(() => stream.destroy(), FLUSH_MS);
      stream.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      stream.write('', () => stream.destroy());
    });
  return {
    write(answered) {
      if (hasFailed) return;
      const isFirst = !output.hasRoom && output.leftOut === 0;
      output.write(line(answered, new Date()));
      if (isFirst) onTrouble('lines are left out: they are not read as fast as they are written');
    },
    async close() {
      if (output.leftOut > 0) onTrouble(`${formatCount(output.leftOut, 'line')} left out`);
      await end();
    },
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
