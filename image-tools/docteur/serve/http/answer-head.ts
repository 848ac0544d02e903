import { Buffer } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import type { SiteHeaders, SiteResponse } from '../../../../guest/host/web/site-response.ts';

/** Names and values that cannot end a line, whoever chose them. */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\t -~]*$/;
/** Longer ones do not go into one buffer with a body. */
const MAX_CHARACTERS = 16_384;

interface KnownHead {
  readonly status: number;
  readonly text: string;
}

/** Heads by the headers that they were made of, which the answers of a file share. */
const known = new WeakMap<SiteHeaders, KnownHead>();

/** The end of a head: the date, and an empty line. It has the same length whenever it is. */
interface DateLine {
  /** Since 1970. */
  readonly second: number;
  readonly text: string;
}

let dateLine: DateLine = { second: -1, text: '' };

/** @param now milliseconds since 1970 */
export function dateLineOf(now: number): DateLine {
  const second = Math.floor(now / 1000);
  if (second !== dateLine.second) {
    dateLine = { second, text: `date: ${new Date(now).toUTCString()}\r\n\r\n` };
  }
  return dateLine;
}

/**
 * The head of an answer to a client that stays connected, but for the date, which ends it; undefined where a header
 * cannot be sent, or does not say where the body ends.
 */
export function headOf({ status, headers }: SiteResponse): string | undefined {
  let head = known.get(headers);
  if (head?.status !== status) {
    const text = write(status, headers);
    if (text === undefined) return undefined;
    head = { status, text };
    known.set(headers, head);
  }
  return head.text;
}

function write(status: number, headers: SiteHeaders): string | undefined {
  if (status !== 304 && headers['content-length'] === undefined) return undefined;
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: keep-alive\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value)) return undefined;
    text += `${name}: ${value}\r\n`;
  }
  if (text.length > MAX_CHARACTERS) return undefined;
  // A copy in one piece: each concatenation above is a tree of its pieces, which every sending would walk.
  return Buffer.from(text, 'latin1').toString('latin1');
}
