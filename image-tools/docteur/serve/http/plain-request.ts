import type { Buffer } from 'node:buffer';
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
const HEAD = /^GET (\/[!-~]*) HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t -~]*\r\n)+\r\n$/;
/** Headers that could mean that the request has a body, or that the connection is to become something else. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  ...['content-length', 'transfer-encoding', 'trailer', 'te', 'expect', 'upgrade'],
  ...['http2-settings', 'proxy-connection', 'keep-alive'],
]);

/**
 * Reads a request that is beyond doubt: where two readers could disagree about what it says or where it ends, the
 * answer is undefined, and a parser of all of HTTP has to see to it.
 * @param bytes all that a client has sent since the last answer
 */
export function parsePlainRequest(bytes: Buffer): PlainRequest | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = bytes.toString('latin1');
  const target = HEAD.exec(text)?.[1];
  if (target === undefined) return undefined;
  const headers = new Map<string, string>();
  const end = text.length - '\r\n'.length;
  for (let at = text.indexOf('\n') + 1; at < end; ) {
    const colon = text.indexOf(':', at);
    const lineEnd = text.indexOf('\r', colon);
    const name = text.slice(at, colon).toLowerCase();
    if (headers.has(name) || NOT_PLAIN.has(name)) return undefined;
    headers.set(name, text.slice(colon + 1, lineEnd).trim());
    at = lineEnd + '\r\n'.length;
  }
  const host = headers.get('host');
  if (host === undefined || !isHost(host)) return undefined;
  const connection = headers.get('connection');
  const isKept = connection === undefined || connection.toLowerCase() === 'keep-alive';
  return isKept ? { target, headers } : undefined;
}
