import { Buffer } from 'node:buffer';
import { isHost } from '../../../../guest/host/web/framing-fault.ts';

/** A request as nearly all of them are: GET of a path, complete, alone, without a body. */
export interface PlainRequest {
  readonly target: string;
  /** By their names in small letters; each is there once. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Larger ones are rare. */
const MAX_BYTES = 8192;
/** All of a head, every character of it: what is allowed in RFC 9112 and more than this, is not plain. */
const FIRST_LINE = /^GET \/[!-~]* HTTP\/1\.1\r\n$/;
const OTHER_LINES = /^(?:[!#$%&'*+.^_`|~\w-]+:[\t -~]*\r\n)+\r\n$/;
/** What surrounds the target in the first line. */
const BEFORE_TARGET = 'GET '.length;
const AFTER_TARGET = ' HTTP/1.1\r\n'.length;
/** Headers that could mean that the request has a body, or that the connection is to become something else. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  ...['content-length', 'transfer-encoding', 'trailer', 'te', 'expect', 'upgrade'],
  ...['http2-settings', 'proxy-connection', 'keep-alive'],
]);
/** Clients send the same headers again and again: so many are known, none of them longer than this. */
const MAX_KNOWN = 256;
const MAX_KNOWN_LENGTH = 1024;

type Headers = PlainRequest['headers'];

const known = new Map<string, Headers>();

/**
 * Reads a request that is beyond doubt: where two readers could disagree about what it says or where it ends, the
 * answer is undefined, and a parser of all of HTTP has to see to it.
 * @param bytes all that a client has sent since the last answer
 */
export function parsePlainRequest(bytes: Buffer): PlainRequest | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = bytes.toString('latin1');
  const end = text.indexOf('\n') + 1;
  const first = text.slice(0, end);
  if (!FIRST_LINE.test(first)) return undefined;
  const headers = headersOf(text.slice(end));
  return headers && { target: first.slice(BEFORE_TARGET, -AFTER_TARGET), headers };
}

function headersOf(lines: string): Headers | undefined {
  const before = known.get(lines);
  if (before !== undefined) return before;
  if (lines.length > MAX_KNOWN_LENGTH) return parseHeaders(lines);
  // A copy: a slice would keep the whole request that it is a part of.
  const copy = Buffer.from(lines, 'latin1').toString('latin1');
  const headers = parseHeaders(copy);
  if (headers === undefined) return undefined;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(copy, headers);
  return headers;
}

function parseHeaders(lines: string): Headers | undefined {
  if (!OTHER_LINES.test(lines)) return undefined;
  const headers = new Map<string, string>();
  const end = lines.length - '\r\n'.length;
  for (let at = 0; at < end; ) {
    const colon = lines.indexOf(':', at);
    const lineEnd = lines.indexOf('\r', colon);
    const name = lines.slice(at, colon).toLowerCase();
    if (headers.has(name) || NOT_PLAIN.has(name)) return undefined;
    headers.set(name, lines.slice(colon + 1, lineEnd).trim());
    at = lineEnd + '\r\n'.length;
  }
  const host = headers.get('host');
  if (host === undefined || !isHost(host)) return undefined;
  const connection = headers.get('connection');
  const isKept = connection === undefined || connection.toLowerCase() === 'keep-alive';
  return isKept ? headers : undefined;
}
