import type { IncomingMessage } from 'node:http';

/** A name or an address, and a port; RFC 9110 allows none at all. */
const HOST = /^(?:[\w.~!$&'()*+;=%-]+|\[[\da-f:.]+\])?(?::\d{0,5})?$/i;

/**
 * The status of a request whose end or whose host two servers could understand in two ways, though Node's parser
 * lets it pass; undefined where all is well. The connection has to end then: what follows may be anything.
 */
export function framingFault(request: IncomingMessage): 400 | 501 | 505 | undefined {
  const { httpVersionMajor, httpVersionMinor, headers, rawHeaders } = request;
  if (httpVersionMajor !== 1) return httpVersionMajor === 0 ? 400 : 505;
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    // HTTP/1.0 has no codings (RFC 9112, section 6.1).
    if (httpVersionMinor === 0) return 400;
    if (coding.trim().toLowerCase() !== 'chunked') return 501;
  }
  if (!isHost(headers.host ?? '')) return 400;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1 ? 400 : undefined;
}

/** Whether a value can be that of a Host header. */
export function isHost(value: string): boolean {
  return HOST.test(value);
}
